"""Plug home into the application."""

from __future__ import annotations

from flask import Flask

from core import legal
from core.authorization import register_rules
from core.config import Config
from core.page_slots import fill
from home.policy import RULES
from home.queries.standing import session_limits
from home.views import account, first_steps, pages, patients, settings, standing
from home.views.blueprint import bp

PAGES = (account, first_steps, pages, patients, settings)
"""Their import puts their addresses on the blueprint."""


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    app.register_blueprint(bp)
    register_rules(RULES)
    app.context_processor(standing.describe_space)
    app.jinja_env.globals.update(
        me_url=standing.account_url,
        me_label=standing.account_label,
        me_line=standing.account_line,
        settings_home_url=standing.settings_home_url,
    )
    app.jinja_env.filters.update(
        in_days=pages.in_days, in_minutes=pages.in_minutes, years=pages.years
    )
    fill("session_limits", session_limits)
    fill("nav_tab", pages.first_tab)
    fill("nav_tab", patients.patients_tab)
    fill("nav_tab", settings.last_tab)
    fill("nav_tab", settings.more_tab)
    for row in (
        account.profile_row,
        account.relatives_row,
        account.encryption_row,
        account.legal_row,
        account.deletion_row,
    ):
        fill("account_row", row)
    config: Config = app.config["ALVEOLE"]
    for slug in legal.SLUGS:  # a text that cannot be read stops the start, not somebody's sign-up
        legal.read(slug, config.instance)
    fill("settings_menu", settings.overview_entry)
    fill("settings_menu", first_steps.settings_entry)
    fill("settings_card", first_steps.settings_card)
