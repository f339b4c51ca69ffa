"""What accounts themselves do about what happens to accounts."""

from __future__ import annotations

from typing import Any

from core import sockets
from security.events import SessionEnded
from security.operations.alerts import warn_of_stopped_sign_in


def cut_connections(event: SessionEnded) -> None:
    """An open page of an ended session hears nothing more."""
    sockets.close_session(event.secret)


def look_at_stopped_sign_in(_row_id: int, payload: dict[str, Any]) -> None:
    """Nobody finished a sign-in within its life: its row was not withdrawn."""
    warn_of_stopped_sign_in(payload)
