"""Plug home into the application."""

from __future__ import annotations

from flask import Flask

from core import legal
from core.config import Config
from core.page_slots import fill
from home import queries, views


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    app.register_blueprint(views.bp)
    app.context_processor(views.describe_space)
    app.jinja_env.globals.update(
        me_url=views.account_url, settings_home_url=views.settings_home_url
    )
    app.jinja_env.filters.update(
        in_days=views.in_days, in_minutes=views.in_minutes, years=views.years
    )
    fill("session_limits", queries.session_limits)
    fill("nav_tab", views.first_tab)
    fill("nav_tab", views.patients_tab)
    fill("nav_tab", views.last_tab)
    fill("nav_tab", views.more_tab)
    for row in (
        views.profile_row,
        views.relatives_row,
        views.encryption_row,
        views.legal_row,
        views.deletion_row,
    ):
        fill("account_row", row)
    config: Config = app.config["ALVEOLE"]
    for slug in legal.SLUGS:  # a text that cannot be read stops the start, not somebody's sign-up
        legal.read(slug, config.instance)
    fill("settings_menu", views.overview_entry)
