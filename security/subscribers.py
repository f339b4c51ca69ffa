"""What accounts themselves do about what happens to accounts."""

from __future__ import annotations

from core import sockets
from security.events import SessionEnded


def cut_connections(event: SessionEnded) -> None:
    """An open page of an ended session hears nothing more."""
    sockets.close_session(event.session_id)
