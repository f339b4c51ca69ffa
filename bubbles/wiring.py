"""Plug bubbles into the application."""

from __future__ import annotations

from flask import Flask

from bubbles import queries
from bubbles.policy import RULES, BubblePermission
from bubbles.views import bubbles, confirming, following, invitations, many, members, slots
from bubbles.views.blueprint import bp
from core.authorization import is_system, register_rules
from core.frame import frame
from core.page_slots import fill

PAGES = (bubbles, confirming, following, invitations, many, members)
"""Their import puts their addresses on the blueprint."""


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    only_host = app.config["ALVEOLE"].instance.bubble_creation == "host"
    register_rules({**RULES, BubblePermission.CREATE: is_system} if only_host else RULES)
    app.register_blueprint(bp)
    app.jinja_env.globals["bubble_tabs"] = slots.bubble_tabs
    app.jinja_env.globals["bubble_logo"] = slots.bubble_logo
    app.jinja_env.globals["administers"] = members.administers
    frame.ask("is_staff", queries.IS_STAFF)
    frame.ask("is_caregiver", queries.IS_CAREGIVER)
    frame.ask("is_admin", queries.IS_ADMIN)
    fill("nav_tab", slots.nav_tab)
    fill("settings_menu", slots.settings_tab)
    fill("settings_card", slots.settings_card)
    fill("roles", queries.roles_of)
    fill("bubble_tab", slots.invitations_tab)
    fill("bubble_tab", slots.information_tab)
    fill("may_vouch", queries.administers_colleague)
    fill("address_awaited", following.address_awaited)
