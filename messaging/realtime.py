"""Telling open pages to look again: ids only, never what was written."""

from __future__ import annotations

from core.sockets import hint


def announce(conversation_id: int, seq: int, user_ids: frozenset[int]) -> None:
    """Say that a message is there, to who takes part as the transaction sees it."""
    hint("message_posted", {"conversation": conversation_id, "seq": seq}, sorted(user_ids))


def mark(conversation_id: int, seq: int, user_id: int) -> None:
    """Say to a person's other pages how far they have read."""
    hint("conversation_read", {"conversation": conversation_id, "seq": seq}, [user_id])
