"""Founding a team, and what is said of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from bubbles.errors import EditedMeanwhileError
from bubbles.events import CaregiverJoined
from bubbles.models import Bubble, Membership
from bubbles.operations.rows import locked
from bubbles.policy import BubblePermission
from bubbles.vocabulary import BubbleInformation
from core import clock
from core.authorization import Actor, Instance, operation
from core.database import db
from core.events import publish
from core.rate_limit import RateLimit
from security.models import User

NEW_BUBBLES = RateLimit("bubbles", 10, timedelta(hours=24))
"""Founded by one person."""


@operation(BubblePermission.CREATE)
def create_bubble(
    actor: User, _instance: Instance, *, information: BubbleInformation, also_caregiver: bool
) -> Bubble:
    """Found a team; its creator administers it."""
    now = clock.now()
    bubble = Bubble(**asdict(information), created_at=now, created_by_id=actor.id, version=0)
    bubble.memberships.append(
        Membership(user_id=actor.id, is_admin=True, is_caregiver=also_caregiver, joined_at=now)
    )
    db.session.add(bubble)
    db.session.flush()  # the event names the bubble
    if also_caregiver:
        publish(CaregiverJoined(bubble_id=bubble.id, user_id=actor.id))
    return bubble


@operation(BubblePermission.UPDATE)
def update_bubble(
    actor: Actor, bubble: Bubble, *, information: BubbleInformation, version: int | None = None
) -> None:
    """Replace the general information, if nobody has since ``version`` was shown.

    Raises:
        EditedMeanwhileError: somebody has; nothing is replaced.
    """
    bubble = locked(actor, BubblePermission.UPDATE, bubble)
    if version is not None and version != bubble.version:
        raise EditedMeanwhileError
    for field, value in asdict(information).items():
        setattr(bubble, field, value)
    bubble.version += 1
