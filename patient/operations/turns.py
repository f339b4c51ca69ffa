"""Waiting for one's turn in a bubble, and judging again what was judged before the wait."""

from __future__ import annotations

from enum import StrEnum

from bubbles.queries import lock_bubble
from core.authorization import Actor, can
from core.database import db
from core.errors import ForbiddenError, NotFoundError
from patient.models import Enrolment


def in_turn(actor: Actor, permission: StrEnum, enrolment: Enrolment) -> None:
    """Let one act at a time change who is in a bubble, and ask again whether ``actor`` may.

    Raises:
        NotFoundError: the place has gone with its bubble.
        ForbiddenError: the right has gone meanwhile.
    """
    lock_bubble(enrolment.bubble_id)
    db.session.expire_all()
    if enrolment.bubble.closed_at is not None:
        raise NotFoundError
    if not can(actor, permission, enrolment):
        raise ForbiddenError(permission)
