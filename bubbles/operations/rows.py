"""Waiting for one's turn in a bubble, and judging again what was judged before the wait."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from bubbles import queries
from bubbles.models import Bubble, Invitation, Membership
from core.authorization import Actor, can
from core.database import db
from core.errors import ForbiddenError, NotFoundError

T = TypeVar("T", Bubble, Membership, Invitation)


def locked(actor: Actor, permission: StrEnum, row: T) -> T:
    """Lock the bubble of ``row``, read everything anew, and ask again whether ``actor`` may.

    The door asked before the wait: meanwhile somebody may have taken the right away.

    Raises:
        NotFoundError: the row has gone, or its bubble is closed.
        ForbiddenError: the right has gone.
    """
    bubble_id = _bubble_of(row)
    queries.lock_bubble(bubble_id)
    db.session.expire_all()
    fresh = db.session.get(type(row), row.id, populate_existing=True)
    bubble = db.session.get(Bubble, bubble_id)
    if fresh is None or bubble is None or bubble.closed_at is not None:
        raise NotFoundError
    if not can(actor, permission, fresh):
        raise ForbiddenError(permission)
    return fresh


def _bubble_of(row: Bubble | Membership | Invitation) -> int:
    return row.id if isinstance(row, Bubble) else row.bubble_id
