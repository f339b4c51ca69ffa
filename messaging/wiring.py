"""Plug conversations into the application."""

from __future__ import annotations

from flask import Flask

import messaging.sockets  # noqa: F401  (registers its handlers)
from core import outbox, page_slots
from core.authorization import register_rules
from core.frame import frame
from messaging import emails
from messaging.policy import RULES
from messaging.queries.messages import UNREAD
from messaging.subscribers import look_for_unread
from messaging.views import bp, nav_tab


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    register_rules(RULES)
    outbox.register_handler(emails.KIND, look_for_unread)
    frame.ask("unread", UNREAD)
    page_slots.fill("nav_tab", nav_tab)
    app.register_blueprint(bp)
