"""Plug patient into the application."""

from __future__ import annotations

from flask import Flask

from bubbles.events import InvitationAccepted, InvitationWanted, MemberRemoved
from core.authorization import register_rules
from core.events import subscribe
from core.page_slots import fill
from patient import subscribers, views
from patient.policy import RULES


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    app.register_blueprint(views.bp)
    app.jinja_env.filters["followed_by"] = views.followed_by
    register_rules(RULES)
    subscribe(InvitationWanted, subscribers.refuse_known_patient)
    subscribe(InvitationAccepted, subscribers.give_a_place)
    subscribe(MemberRemoved, subscribers.stop_following)
    fill("acceptance", views.acceptance_url)
    fill("bubble_tab", views.patients_tab)
    fill("account_row", views.profile_row)
