"""Messages that will not leave: when that is so, and who is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, or_, select, update

from core import clock
from core.database import db
from core.outbox import leases
from core.outbox.kinds import KINDS, destination_of, is_told, reason_of
from core.outbox.leases import Lease
from core.outbox.models import About, OutboxAbout, OutboxMessage, OutboxState, first_due_at
from core.transaction import transaction

log = structlog.get_logger(__name__)
KEPT_TRYING = timedelta(days=14)
"""How long a message waits for its far side where nobody said until when it is of use."""
FORGET = "outbox_words"
TOLD_AGAIN = timedelta(minutes=5)
"""How long after a failure whoever must know is told again."""
AT_ONCE = 20


def is_given_up(not_after: datetime | None, due_at: datetime, now: datetime) -> bool:
    """Say whether a message that was refused just now is not tried again."""
    return now > (not_after or due_at + KEPT_TRYING)


def end(lease: Lease, state: OutboxState, *, reason: str | None) -> None:
    """Write that a message will not leave; whoever must know is told by the next step."""
    is_marked = leases.mark(
        lease,
        **_ended(lease.kind, state, clock.now()),
        attempts=lease.attempts + (reason is not None),
        last_error=reason,
    )
    if is_marked and state is OutboxState.DEAD:
        log.error("outbox_message_dead", kind=lease.kind, id=lease.message_id)


def forget(lease: Lease) -> None:
    """Write that a message had nothing true to say any more: nobody misses it."""
    now = clock.now()
    leases.mark(lease, state=OutboxState.EXPIRED, done_at=now, told_at=now, payload=None)


def _ended(kind: str, state: OutboxState, now: datetime) -> dict[str, Any]:
    """Return what a message becomes. A dead one keeps its payload: the host may send it again."""
    ended: dict[str, Any] = {"state": state, "done_at": now, "not_before": now}
    if is_told(kind):
        return ended
    return ended | {"told_at": now} | ({"payload": None} if state is OutboxState.EXPIRED else {})


def end_what_is_over(resting: Sequence[str]) -> int:
    """End messages that are of no use any more, and those that waited too long for a far side.

    A destination that rests is not asked, so that nobody else would end what goes there.
    """
    now = clock.now()
    given_up = first_due_at < now - KEPT_TRYING
    away = [kind for kind in KINDS if destination_of(kind) in set(resting)]
    over = and_(
        OutboxMessage.state == OutboxState.QUEUED,
        leases.is_free(now),
        or_(
            OutboxMessage.not_after < now,
            and_(OutboxMessage.not_after.is_(None), given_up, OutboxMessage.kind.in_(away)),
        ),
    )
    query = select(OutboxMessage.id, OutboxMessage.kind, OutboxMessage.not_after).where(over)
    rows = db.session.execute(query.limit(500)).all()
    db.session.rollback()
    if not rows:
        return 0
    with transaction():
        for row in rows:
            state = OutboxState.EXPIRED if row.not_after else OutboxState.DEAD
            db.session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.id == row.id, over)
                .values(_ended(row.kind, state, now))
            )
    log.warning("outbox_messages_over", count=len(rows), kinds=sorted({row.kind for row in rows}))
    return len(rows)


def forget_useless_words(_row_id: int, _payload: dict[str, Any]) -> None:
    """Answer the outbox: a dead message keeps its payload for as long as it may be sent again."""
    useless = and_(
        OutboxMessage.state == OutboxState.DEAD,
        OutboxMessage.told_at.is_not(None),
        OutboxMessage.payload.is_not(None),
        OutboxMessage.not_after < clock.now(),
    )
    with transaction():
        db.session.execute(update(OutboxMessage).where(useless).values(payload=None))


def tell_of_the_dead(worker: str, span: timedelta) -> int:
    """Tell whoever must know of messages that did not leave, and say how many were told of."""
    told = 0
    while told < AT_ONCE and _anything_to_tell():
        lease = leases.claim(worker, span, _untold(clock.now()))
        if lease is None:
            break
        _tell(lease)
        told += 1
    return told


def _untold(now: datetime) -> tuple[Any, ...]:
    return (
        OutboxMessage.state.in_((OutboxState.DEAD, OutboxState.EXPIRED)),
        OutboxMessage.told_at.is_(None),
        OutboxMessage.not_before <= now,
    )


def _anything_to_tell() -> bool:
    now = clock.now()
    query = select(OutboxMessage.id).where(*_untold(now), leases.is_free(now)).limit(1)
    is_found = db.session.scalar(query) is not None
    db.session.rollback()
    return is_found


def _tell(lease: Lease) -> None:
    kind, now = KINDS.get(lease.kind), clock.now()
    abouts = _abouts_of(lease)
    try:
        if kind is not None and kind.on_dead is not None:
            kind.on_dead(abouts, lease.payload)
    except Exception as error:
        log.exception("outbox_not_told", kind=lease.kind, id=lease.message_id)
        again = now + TOLD_AGAIN
        leases.mark(lease, not_before=again, last_error=reason_of(error))
        return
    forgotten = {"payload": None} if lease.state is OutboxState.EXPIRED else {}
    leases.mark(lease, told_at=now, **forgotten)


def _abouts_of(lease: Lease) -> list[About]:
    query = (
        select(OutboxAbout.about_kind, OutboxAbout.about_id)
        .where(OutboxAbout.message_id == lease.message_id)
        .order_by(OutboxAbout.about_kind, OutboxAbout.about_id)
    )
    abouts = [About(kind, row_id) for kind, row_id in db.session.execute(query)]
    db.session.rollback()
    return abouts
