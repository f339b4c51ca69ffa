"""Waiting for one's turn in a bubble."""

from __future__ import annotations

from bubbles import queries
from bubbles.models import Bubble, Invitation, Membership
from core.authorization import Actor, Wait
from core.database import db


def bubble_of(_actor: Actor, row: Bubble | Membership | Invitation, **_asked: object) -> Wait:
    """Let one act at a time change who is in the bubble of ``row``."""
    return lambda: wait_for_bubble(row.id if isinstance(row, Bubble) else row.bubble_id)


def wait_for_bubble(bubble_id: int) -> bool:
    """Let one act at a time change who is in a bubble, and say whether somebody else may have.

    A right that was taken away meanwhile is missed by the door, which judges what it reads then;
    nobody has one in a bubble that was closed.
    """
    queries.lock_bubble(bubble_id)
    return db.engine.dialect.name != "sqlite"  # its one writer owns the file already
