"""What a host sees of the outbox and may do about it; never an address, a text or a code."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, func, or_, select, update

from core import clock
from core.database import db
from core.outbox import heartbeat, leases
from core.outbox.kinds import is_told
from core.outbox.models import About, OutboxAbout, OutboxMessage, OutboxState, first_due_at
from core.outbox.writing import bell
from core.transaction import after_commit, transaction

log = structlog.get_logger(__name__)
LOOK_EVERY = 300.0
"""Seconds between two looks of a worker for its log."""
_looked_at = -LOOK_EVERY


@dataclass(frozen=True)
class Gauge:
    """How one kind of message fares."""

    kind: str
    waiting: int
    """Due, and not gone yet."""
    planned: int
    """Due later."""
    failing: int
    """Refused at least once, and tried again."""
    dead: int
    untold: int
    """Did not leave, and whoever must know is not told yet."""
    oldest_due: datetime | None
    """Since when the one is due that waits longest."""


@dataclass(frozen=True)
class Line:
    """One message, as a host may see it."""

    id: int
    kind: str
    state: OutboxState
    created_at: datetime
    attempts: int
    reason: str
    abouts: list[About]
    is_kept: bool
    """Whether it can be sent again."""


def gauges() -> list[Gauge]:
    """Count messages that have not left, by kind."""
    queued = OutboxMessage.state == OutboxState.QUEUED
    dead = OutboxMessage.state == OutboxState.DEAD
    ended = OutboxMessage.state.in_((OutboxState.DEAD, OutboxState.EXPIRED))
    is_due, count = first_due_at <= clock.now(), func.count(OutboxMessage.id)
    query = (
        select(
            OutboxMessage.kind,
            count.filter(queued, is_due).label("waiting"),
            count.filter(queued, ~is_due).label("planned"),
            count.filter(queued, OutboxMessage.last_error.is_not(None)).label("failing"),
            count.filter(dead).label("dead"),
            count.filter(ended, OutboxMessage.told_at.is_(None)).label("untold"),
            func.min(first_due_at).filter(queued, is_due).label("oldest_due"),
        )
        .where(OutboxMessage.state != OutboxState.ACCEPTED)
        .group_by(OutboxMessage.kind)
        .order_by(OutboxMessage.kind)
    )
    measured = [Gauge(**row) for row in db.session.execute(query).mappings()]
    db.session.rollback()
    return measured


def list_messages(*, dead: bool, kind: str = "", most: int = 50) -> list[Line]:
    """Return messages that are dead, or that wait after a failure, the oldest first."""
    query = (
        select(OutboxMessage)
        .where(_is_shown(dead=dead), *([OutboxMessage.kind == kind] if kind else []))
        .order_by(OutboxMessage.id)
        .limit(most)
    )
    messages = db.session.scalars(query).all()
    abouts: dict[int, list[About]] = defaultdict(list)
    ids = [message.id for message in messages]
    named = select(OutboxAbout).where(OutboxAbout.message_id.in_(ids))
    for row in db.session.scalars(named.order_by(OutboxAbout.about_kind, OutboxAbout.about_id)):
        abouts[row.message_id].append(About(row.about_kind, row.about_id))
    now = clock.now()
    lines = [
        Line(
            id=message.id,
            kind=message.kind,
            state=message.state,
            created_at=message.created_at,
            attempts=message.attempts,
            reason=message.last_error or "",
            abouts=abouts[message.id],
            is_kept=message.payload is not None
            and (message.not_after is None or message.not_after > now),
        )
        for message in messages
    ]
    db.session.rollback()
    return lines


def _is_shown(*, dead: bool) -> ColumnElement[bool]:
    if dead:
        return OutboxMessage.state == OutboxState.DEAD
    waits = (OutboxMessage.state == OutboxState.QUEUED) & OutboxMessage.last_error.is_not(None)
    return waits | (OutboxMessage.state == OutboxState.DEAD)


def retry(ids: Sequence[int] | None, *, kind: str = "") -> int:
    """Send dead messages again, and those that wait for their next try at once; say how many.

    Without ids: every dead one. What is of no use any more, or has lost its words, stays.
    """
    now = clock.now()
    chosen = OutboxMessage.state == OutboxState.DEAD
    if ids is not None:
        waits = OutboxMessage.state == OutboxState.QUEUED
        chosen = OutboxMessage.id.in_(ids) & (chosen | waits)
    with transaction():
        changed = db.session.execute(
            update(OutboxMessage)
            .where(
                chosen,
                *([OutboxMessage.kind == kind] if kind else []),
                OutboxMessage.payload.is_not(None),
                leases.is_free(now),
                or_(OutboxMessage.not_after.is_(None), OutboxMessage.not_after > now),
            )
            .values(
                state=OutboxState.QUEUED,
                not_before=now,
                due_at=now,
                done_at=None,
                told_at=None,
                attempts=0,
                last_error=None,
            )
        )
        after_commit(bell.set)
    return int(changed.rowcount)  # type: ignore[attr-defined]


def drop(ids: Sequence[int]) -> int:
    """Give messages up: they do not leave, and whoever must know is told. Say how many."""
    now = clock.now()
    dropped = 0
    with transaction():
        open_ones = select(OutboxMessage.id, OutboxMessage.kind, OutboxMessage.told_at).where(
            OutboxMessage.id.in_(ids),
            OutboxMessage.state.in_((OutboxState.QUEUED, OutboxState.DEAD)),
        )
        for row in db.session.execute(open_ones.with_for_update()).all():
            is_owed = row.told_at is None and is_told(row.kind)
            ended = {"state": OutboxState.EXPIRED, "done_at": now, "not_before": now}
            forgotten = {} if is_owed else {"payload": None, "told_at": row.told_at or now}
            values = ended | forgotten | leases.RELEASED | {"last_error": "dropped by the host"}
            db.session.execute(
                update(OutboxMessage).where(OutboxMessage.id == row.id).values(**values)
            )
            dropped += 1
        after_commit(bell.set)
    return dropped


def log_problems() -> None:
    """Write what a host should look at into the log, every few minutes while it lasts."""
    global _looked_at  # noqa: PLW0603  (one look for the whole process)
    if time.monotonic() - _looked_at < LOOK_EVERY:
        return
    _looked_at = time.monotonic()
    for problem in problems():
        log.warning("outbox_needs_a_look", problem=problem)


def problems() -> list[str]:
    """Say what a host should look at, one sentence each."""
    now = clock.now()
    measured = gauges()
    told = []
    oldest = min((gauge.oldest_due for gauge in measured if gauge.oldest_due), default=None)
    if oldest is not None and now - oldest > heartbeat.GONE:
        minutes = int((now - oldest).total_seconds() // 60)
        told.append(f"The oldest message has been due for {minutes} minutes.")
    dead = {gauge.kind: gauge.dead for gauge in measured if gauge.dead}
    if dead:
        by_kind = ", ".join(f"{kind} {count}" for kind, count in dead.items())
        told.append(
            f"Dead messages: {by_kind}. See « outbox list --dead », then « outbox retry » or "
            "« outbox drop »."
        )
    untold = sum(gauge.untold for gauge in measured)
    if untold:
        told.append(f"{untold} messages did not leave, and whoever must know is not told yet.")
    living = [worker for worker in heartbeat.list_workers() if heartbeat.is_alive(worker)]
    if not living:
        told.append("No worker gives signs of life: nothing leaves.")
    resting = sorted({worker.resting for worker in living if worker.resting})
    if resting:
        told.append(f"Left alone for the moment, since they answer nobody: {', '.join(resting)}.")
    db.session.rollback()
    return told
