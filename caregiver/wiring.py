"""Plug caregiver into the application."""

from __future__ import annotations

from flask import Flask

from bubbles.events import CaregiverJoined, CaregiverLeft, MemberRemoved
from caregiver import queries
from caregiver.policy import RULES
from caregiver.subscribers import (
    EXPIRIES,
    look_at_expiries,
    on_caregiver_joined,
    on_membership_ended,
)
from caregiver.views import documents, members, profile, reviews, summaries
from caregiver.views.blueprint import bp
from core import outbox
from core.authorization import register_rules
from core.events import subscribe
from core.frame import frame
from core.page_slots import fill

PAGES = (profile, documents, reviews, members)
"""Importing them puts their routes on the blueprint."""


def init_app(app: Flask) -> None:
    register_rules(RULES)
    subscribe(CaregiverJoined, on_caregiver_joined)
    subscribe(MemberRemoved, on_membership_ended)
    subscribe(CaregiverLeft, on_membership_ended)
    app.register_blueprint(bp)
    app.jinja_env.globals.update(portrait_url=profile.portrait_url)
    frame.ask("profession", queries.PROFESSION)
    frame.ask("photo", queries.PHOTO)
    fill("my_photo", profile.my_photo)
    fill("bubble_tab", summaries.members_tab)
    fill("bubble_tab", summaries.papers_tab)
    fill("settings_menu", summaries.profile_settings_tab)
    fill("settings_menu", summaries.documents_settings_tab)
    fill("settings_card", summaries.profile_card)
    fill("settings_card", summaries.documents_card)
    outbox.register_handler(EXPIRIES, look_at_expiries)
    outbox.register_regular(EXPIRIES)
