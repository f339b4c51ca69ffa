"""Founding a team, and what is said of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta

from bubbles.errors import EditedMeanwhileError
from bubbles.events import CaregiverJoined, TimeZoneChanged
from bubbles.locks import bubble_of
from bubbles.models import Bubble, BubbleLogo, Membership
from bubbles.policy import BubblePermission
from bubbles.queries import lock_person
from bubbles.vocabulary import BubbleInformation, Kept
from core import clock
from core.authorization import INSTANCE, Actor, Instance, System, operation
from core.database import db
from core.errors import NotFoundError
from core.events import publish
from core.idempotency import once
from core.rate_limit import RateLimit
from security.models import User
from uploads.operations import StoredBytes, delete_file, store_file

NEW_BUBBLES = RateLimit("bubbles", 10, timedelta(hours=24))
"""Founded by one person."""


@operation(BubblePermission.CREATE)
def create_bubble(
    actor: User,
    _instance: Instance,
    *,
    information: BubbleInformation,
    also_caregiver: bool,
    key: str | None = None,
) -> Bubble:
    """Found a team; its creator administers it. The same ``key`` founds one."""
    if key:
        lock_person(actor.id)  # the same form sent twice at once

    def found() -> int:
        now = clock.now()
        bubble = Bubble(**asdict(information), created_at=now, created_by_id=actor.id, version=0)
        bubble.memberships.append(
            Membership(user_id=actor.id, is_admin=True, is_caregiver=also_caregiver, joined_at=now)
        )
        db.session.add(bubble)
        db.session.flush()  # the event names the bubble
        if also_caregiver:
            publish(CaregiverJoined(bubble_id=bubble.id, user_id=actor.id))
        return bubble.id

    request = json.dumps([asdict(information), also_caregiver])
    bubble = db.session.get(Bubble, once(actor.id, "bubble", key, request, found))
    if bubble is None:
        raise NotFoundError
    return bubble


@operation(BubblePermission.UPDATE, lock=bubble_of)
def update_bubble(
    actor: Actor,
    bubble: Bubble,
    *,
    information: BubbleInformation,
    version: int | None = None,
    keep: Kept | None = None,
) -> None:
    """Replace the general information, if nobody has since ``version`` was shown.

    ``keep`` is what stays of promised hours when the time zone becomes another one.

    Raises:
        EditedMeanwhileError: somebody has; nothing is replaced.
        ClockChoiceNeededError: hours depend on the time zone, and nobody said what to keep.
        ClockConflictError: one of these hours cannot be kept.
    """
    if version is not None and version != bubble.version:
        raise EditedMeanwhileError
    before = bubble.time_zone
    for field, value in asdict(information).items():
        setattr(bubble, field, value)
    bubble.version += 1
    if bubble.time_zone != before:
        publish(TimeZoneChanged(bubble.id, before, bubble.time_zone, keep))


@operation(BubblePermission.UPDATE, lock=bubble_of)
def set_logo(actor: User, bubble: Bubble, *, stored: StoredBytes) -> None:
    """Show this picture from now on; the one before it is deleted.

    Raises:
        QuotaReachedError: the files of ``actor`` would take more room than they have.
    """
    _forget_logo(bubble)
    file = store_file(actor, INSTANCE, stored=stored)
    bubble.logo = BubbleLogo(file_id=file.id, changed_at=clock.now())


@operation(BubblePermission.UPDATE, lock=bubble_of)
def remove_logo(actor: User, bubble: Bubble) -> None:
    """Show no picture any more; idempotent."""
    _forget_logo(bubble)


def _forget_logo(bubble: Bubble) -> None:
    if bubble.logo is None:
        return
    file = bubble.logo.file
    bubble.logo = None
    db.session.flush()  # the row that points to the file goes first
    # Another administrator may have brought it: it belongs to the team's page, not to them.
    delete_file(System("a logo is replaced"), file)
