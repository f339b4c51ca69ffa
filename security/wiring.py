"""Plug security into the application."""

from __future__ import annotations

from flask import Flask

from core.authorization import register_rules
from core.events import subscribe
from core.extensions import login_manager
from core.sockets import register_identity
from security import sessions, subscribers
from security.events import SessionEnded
from security.policy import RULES


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    sessions.configure(app)
    # The session row says who is there; flask-login keeps no facts of its own.
    login_manager.session_protection = None
    login_manager.request_loader(sessions.load_person)
    register_identity(sessions.identify_connection, sessions.reload_connection)
    register_rules(RULES)
    subscribe(SessionEnded, subscribers.cut_connections)
