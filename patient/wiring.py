"""Plug patient into the application."""

from __future__ import annotations

from flask import Flask

from bubbles.events import InvitationAccepted, InvitationWanted, MemberRemoved
from core.authorization import register_rules
from core.events import subscribe
from core.page_slots import fill
from patient import subscribers
from patient.policy import RULES
from patient.views import bubble, identity
from patient.views.blueprint import bp

PAGES = (bubble, identity)
"""Their import puts their addresses on the blueprint."""


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    app.register_blueprint(bp)
    app.jinja_env.filters["followed_by"] = bubble.followed_by
    register_rules(RULES)
    subscribe(InvitationWanted, subscribers.refuse_known_patient)
    subscribe(InvitationAccepted, subscribers.give_a_place)
    subscribe(MemberRemoved, subscribers.stop_following)
    fill("acceptance", identity.acceptance_url)
    fill("bubble_tab", bubble.patients_tab)
    fill("account_row", identity.profile_row)
