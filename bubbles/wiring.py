"""Plug bubbles into the application."""

from __future__ import annotations

from flask import Flask

from bubbles import queries, views
from bubbles.policy import RULES, BubblePermission
from core.authorization import is_system, register_rules
from core.page_slots import fill


def init_app(app: Flask) -> None:
    only_host = app.config["ALVEOLE"].instance.bubble_creation == "host"
    register_rules({**RULES, BubblePermission.CREATE: is_system} if only_host else RULES)
    app.register_blueprint(views.bp)
    app.jinja_env.globals["bubble_tabs"] = views.bubble_tabs
    fill("nav_tab", views.nav_tab)
    fill("settings_menu", views.settings_tab)
    fill("settings_card", views.settings_card)
    fill("roles", queries.roles_of)
    fill("bubble_tab", views.invitations_tab)
    fill("bubble_tab", views.information_tab)
