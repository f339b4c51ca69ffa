"""Plug patient into the application."""

from __future__ import annotations

from flask import Flask

from bubbles.events import InvitationAccepted, MemberRemoved
from core.authorization import register_rules
from core.events import subscribe
from patient import subscribers
from patient.policy import RULES


def init_app(_app: Flask) -> None:
    """Register what this package offers."""
    register_rules(RULES)
    subscribe(InvitationAccepted, subscribers.give_a_place)
    subscribe(MemberRemoved, subscribers.stop_following)
