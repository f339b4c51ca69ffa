"""Messages that are due again and again: one for each turn, whatever the number of workers."""

from __future__ import annotations

from sqlalchemy import delete

from core import clock
from core.database import db
from core.outbox.kinds import DAY, REGULAR
from core.outbox.models import OutboxMessage, OutboxState
from core.outbox.writing import enqueue
from core.transaction import transaction

_last_turns: dict[str, int] = {}
"""The last turn, counted from 1970, for which this process asked for one of each kind."""


def enqueue_regular() -> None:
    """Write this turn's messages of the regular kinds, unless this process already did.

    What an earlier turn left behind is deleted: it says nothing to anybody.
    """
    now = clock.now()
    for kind, every in REGULAR.items():
        turn = int(now.timestamp() // every.total_seconds())
        if turn <= _last_turns.get(kind, -1):
            continue
        over = (OutboxMessage.state == OutboxState.ACCEPTED, OutboxMessage.done_at < now - 2 * DAY)
        with transaction():
            if enqueue(kind, {}, dedupe_key=f"{kind}:{turn}") is not None:
                db.session.execute(delete(OutboxMessage).where(OutboxMessage.kind == kind, *over))
        _last_turns[kind] = turn
