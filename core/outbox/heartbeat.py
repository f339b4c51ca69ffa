"""Signs of life of the workers: a host sees that somebody sends, and what is out of reach."""

from __future__ import annotations

import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from core import clock
from core.database import db
from core.outbox.models import OutboxWorker
from core.transaction import transaction

if TYPE_CHECKING:
    from core.outbox.worker import Worker

BEAT = 10.0
"""Seconds between two signs of life of a worker that is not busy sending."""
GONE = timedelta(minutes=5)
"""Longer than one message can take; a worker that was not seen for longer is none."""
KEPT = timedelta(days=1)
_last_beats: dict[str, tuple[float, str]] = {}


def beat(worker: Worker) -> None:
    """Say that this worker lives; written every few seconds, and when a destination rests anew."""
    resting = ", ".join(worker.breaker.resting())
    last, said = _last_beats.get(worker.name, (-BEAT, ""))
    if time.monotonic() - last < BEAT and said == resting:
        return
    now = clock.now()
    with transaction():
        db.session.execute(delete(OutboxWorker).where(OutboxWorker.seen_at < now - KEPT))
        mine = update(OutboxWorker).where(OutboxWorker.name == worker.name)
        signs = {"seen_at": now, "resting": resting}
        if not db.session.execute(mine.values(signs)).rowcount:  # type: ignore[attr-defined]
            db.session.add(
                OutboxWorker(
                    name=worker.name,
                    host=socket.gethostname()[:255],
                    pid=worker.pid,
                    started_at=worker.started_at,
                    **signs,
                )
            )
    _last_beats[worker.name] = (time.monotonic(), resting)


def stop(worker: Worker) -> None:
    """Take the row away: this worker was asked to end."""
    _last_beats.pop(worker.name, None)
    with transaction():
        db.session.execute(delete(OutboxWorker).where(OutboxWorker.name == worker.name))


def list_workers() -> list[OutboxWorker]:
    """Return the workers that gave a sign of life, the oldest first."""
    return list(db.session.scalars(select(OutboxWorker).order_by(OutboxWorker.id)))


def is_alive(worker: OutboxWorker) -> bool:
    """Say whether its last sign of life is recent."""
    return worker.seen_at >= clock.now() - GONE
