"""What the worker brings back when it is due."""

from __future__ import annotations

from typing import Any

from core.authorization import System
from messaging.operations import send_notices
from messaging.queries.conversations import get_conversation


def look_for_unread(_row_id: int, payload: dict[str, Any]) -> None:
    """Decide now, not when the message was written, who needs a mail."""
    conversation = get_conversation(payload["conversation"])
    if conversation is not None:  # else it was deleted meanwhile
        send_notices(System("message notices"), conversation)
