"""Messages that are due again and again: one for each turn, whatever the number of workers."""

from __future__ import annotations

from sqlalchemy import delete

from core import clock
from core.database import db
from core.outbox.kinds import DAY, REGULAR
from core.outbox.models import OutboxMessage, OutboxState
from core.outbox.writing import enqueue
from core.transaction import transaction

KEPT = 2 * DAY
_last_turns: dict[str, int] = {}
"""The last turn, counted from 1970, for which this process asked for one of each kind."""


def enqueue_regular() -> None:
    """Write this turn's messages of the regular kinds, unless this process already did.

    Each takes the place of one of two days ago: what leaves every minute would pile up until its
    term. That one is known by its key; looking for old rows would read all that has left.
    """
    now = clock.now()
    for kind, every in REGULAR.items():
        turn = int(now.timestamp() // every.total_seconds())
        if turn <= _last_turns.get(kind, -1):
            continue
        over = OutboxMessage.dedupe_key == f"{kind}:{turn - KEPT // every}"
        with transaction():
            if enqueue(kind, {}, dedupe_key=f"{kind}:{turn}") is not None:
                is_done = OutboxMessage.state == OutboxState.ACCEPTED
                db.session.execute(delete(OutboxMessage).where(over, is_done))
        _last_turns[kind] = turn
