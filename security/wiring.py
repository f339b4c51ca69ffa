"""Plug security into the application."""

from __future__ import annotations

from flask import Flask

from core import late_forms, outbox
from core.authorization import register_rules
from core.config import Config
from core.events import subscribe
from core.extensions import login_manager
from core.frame import account_facts, frame
from core.mail import register_reader_lookup
from core.page_slots import fill
from core.personal_data import register_eraser
from core.sockets import register_identity
from security import cli, emails, one_time_codes, passwords, sessions, subscribers, vocabulary
from security.events import SessionEnded
from security.live_sessions import list_live_secrets
from security.models import Session
from security.operations import alerts, strong_steps, text_warnings
from security.operations import passkeys as keys
from security.operations import recovery as resets
from security.operations.sessions import erase_ended_sessions
from security.policy import RULES
from security.queries import BACKUP_CODES, HAS_RESET, KNOWS_DATA, LAST_SIGN_IN
from security.views import (
    account,
    account_rows,
    authenticator,
    email_address,
    invited_sign_up,
    lost_access,
    not_me,
    passkey_sign_in,
    passkeys,
    password_code,
    phone,
    protection,
    recovery,
    session_end,
    settings,
    sign_in,
    sign_up,
    step_up,
    summaries,
)
from security.views.blueprint import bp

PAGES = (
    phone,
    password_code,
    account,
    sign_in,
    invited_sign_up,
    sign_up,
    settings,
    authenticator,
    passkeys,
    passkey_sign_in,
    protection,
    step_up,
    session_end,
    email_address,
    lost_access,
    not_me,
    recovery,
)
"""Importing them puts their routes on the blueprint."""


def configure(config: Config) -> None:
    """Set what is one for a whole process: whichever application it makes last has set it."""
    passwords.configure(
        pepper=config.secrets.password_pepper,
        former=config.secrets.former_password_peppers,
        policy=config.security.password_policy,
    )
    keys.configure(config.base_url, config.instance.name)
    strong_steps.configure(config.security.require_strong_step)
    one_time_codes.configure(config.secrets.secret_key)


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    config: Config = app.config["ALVEOLE"]
    configure(config)
    outbox.register_handler(alerts.KIND, subscribers.look_at_stopped_sign_in)
    register_reader_lookup(emails.find_reader)
    sessions.configure(app)
    # The session row says who is there; Flask-Login keeps no facts of its own.
    login_manager.session_protection = None
    login_manager.request_loader(sessions.load_person)
    # Pages with a secret in their address send no Referer, which flask-wtf would miss over https;
    # the token and the fetch metadata protect forms without it.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    register_identity(sessions.identify_connection, sessions.reload_connection, list_live_secrets)
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
        sign_up_steps=invited_sign_up.sign_up_steps,
        step_words=account_rows.step_words,
    )
    register_eraser(Session, erase_ended_sessions)
    outbox.register_handler(resets.KIND, resets.answer_reset)
    outbox.register_handler(text_warnings.KIND, text_warnings.send_when_due)
    outbox.register_handler(resets.READY, resets.announce_ready)
    app.cli.add_command(cli.recover)
    frame.ask("has_reset", HAS_RESET)
    account_facts.ask("backup_codes", BACKUP_CODES)
    account_facts.ask("last_sign_in", LAST_SIGN_IN)
    account_facts.ask("knows_data", KNOWS_DATA)
    fill("page_notice", recovery.pending_notice)
    fill("greeting", cli.greet)
    fill("keys_status", cli.tell_peppers)
    fill("settings_menu", summaries.menu_entry)
    fill("settings_card", summaries.card)
    for row in (
        summaries.second_step_row,
        summaries.backup_codes_row,
        *account_rows.ROWS,
        phone.phone_row,
    ):
        fill("account_row", row)
