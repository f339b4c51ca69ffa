"""Plug caregiver into the application."""

from __future__ import annotations

from flask import Flask

from bubbles.events import CaregiverJoined
from caregiver import views
from caregiver.policy import RULES
from caregiver.subscribers import on_caregiver_joined
from core.authorization import register_rules
from core.events import subscribe
from core.page_slots import fill


def init_app(app: Flask) -> None:
    register_rules(RULES)
    subscribe(CaregiverJoined, on_caregiver_joined)
    app.register_blueprint(views.bp)
    fill("bubble_tab", views.members_tab)
    fill("settings_menu", views.profile_settings_tab)
    fill("settings_menu", views.documents_settings_tab)
    fill("settings_card", views.profile_card)
    fill("settings_card", views.documents_card)
