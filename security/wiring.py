"""Plug security into the application."""

from __future__ import annotations

from flask import Flask

from core import late_forms, outbox
from core.authorization import register_rules
from core.config import Config
from core.events import subscribe
from core.extensions import login_manager
from core.page_slots import fill
from core.sockets import register_identity
from security import cli, email_codes, passwords, sessions, subscribers, vocabulary
from security.events import SessionEnded
from security.policy import RULES
from security.views import (
    account,
    account_rows,
    authenticator,
    session_end,
    settings,
    sign_in,
    sign_up,
    step_up,
    summaries,
)
from security.views.blueprint import bp

PAGES = (account, sign_in, sign_up, settings, authenticator, step_up, session_end)
"""Importing them puts their routes on the blueprint."""


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    config: Config = app.config["ALVEOLE"]
    passwords.configure(
        pepper=config.secrets.password_pepper, policy=config.security.password_policy
    )
    email_codes.configure(config.secrets.secret_key)
    sessions.configure(app)
    # The session row says who is there; flask-login keeps no facts of its own.
    login_manager.session_protection = None
    login_manager.request_loader(sessions.load_person)
    # Pages with a secret in their address send no Referer, which flask-wtf would miss over https;
    # the token and the fetch metadata protect forms without it.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    register_identity(sessions.identify_connection, sessions.reload_connection)
    late_forms.register_owner(sessions.owner_of_browser)
    register_rules(RULES)
    subscribe(SessionEnded, subscribers.cut_connections)
    app.register_blueprint(bp)
    app.cli.add_command(cli.first_account)
    app.jinja_env.globals.update(
        session_left=sessions.seconds_left,
        journal_line=account_rows.journal_line,
        codes_left_words=summaries.codes_left_words,
        device_words=vocabulary.device_words,
        device_icon=summaries.device_icon,
    )
    outbox.register_handler(subscribers.TIDY_UP, subscribers.tidy_up)
    outbox.register_daily(subscribers.TIDY_UP)
    fill("greeting", cli.greet)
    fill("settings_menu", summaries.menu_entry)
    fill("settings_card", summaries.card)
    for row in (summaries.second_step_row, summaries.backup_codes_row, *account_rows.ROWS):
        fill("account_row", row)
