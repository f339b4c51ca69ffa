"""What must leave: rows written with the fact they follow from, sent by a worker afterwards.

At least once, never lost: a row is claimed with a lease in a short transaction, sent outside any
transaction, and marked in another. A worker that dies loses its lease, and another sends.
"""

from __future__ import annotations

import json
import signal
import socket
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Index, Integer, String, Text, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, start
from core.database import EncryptedText, Identified, Model, db
from core.transaction import after_commit, transaction

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
"""How long a claimed row stays with its worker; longer than any client's timeouts together."""
BATCH = 20
IDLE_POLL = 2.0
"""Seconds between looks when nobody rings; another process's commits do not ring."""
BACK_OFF = (10, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
"""Seconds before each new try; after the last the row is dead."""


class OutboxState(StrEnum):
    """Where a message is on its way."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    DEAD = "dead"


class OutboxMessage(Identified, Model):
    """An e-mail, or any other thing that must leave."""

    __tablename__ = "outbox_messages"
    __table_args__ = (Index("ix_outbox_messages_state_not_before", "state", "not_before"),)

    kind: Mapped[str] = mapped_column(String(40))
    dedupe_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    payload: Mapped[str | None] = mapped_column(EncryptedText)
    """JSON, encrypted; forgotten once the message has left or can no longer."""
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.QUEUED)
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    not_after: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(String(80))
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


class RefusedForGoodError(Exception):
    """The far side will never take this message: trying again is useless."""


Handler = Callable[[int, dict[str, Any]], None]
"""Gets the row's id (a stable key for the far side) and the payload; raises to try again later,
or ``RefusedForGoodError``. What it raises stays in the row: it names no person and no code."""

_handlers: dict[str, Handler] = {}
_regular: dict[str, timedelta] = {}
"""Kinds that are due again and again, with their rhythm."""
_last_turns: dict[str, int] = {}
"""The last turn, counted from 1970, for which this process asked for one of each kind."""
DAY = timedelta(days=1)
_bell = threading.Event()


def register_handler(kind: str, handler: Handler) -> None:
    """Say who sends messages of this kind; called by wirings."""
    _handlers[kind] = handler


def register_regular(kind: str, every: timedelta = DAY) -> None:
    """Have one message of this kind written each turn, whatever the number of workers."""
    _regular[kind] = every


def enqueue(
    kind: str,
    payload: Mapping[str, Any],
    *,
    dedupe_key: str | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> OutboxMessage | None:
    """Write one message into the current transaction; the commit wakes the worker.

    Returns nothing when a message with the same ``dedupe_key`` was already written.
    """
    if dedupe_key is not None:
        known = select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)
        if db.session.scalar(known) is not None:
            return None
    now = clock.now()
    message = OutboxMessage(
        kind=kind,
        dedupe_key=dedupe_key,
        payload=json.dumps(dict(payload)),
        state=OutboxState.QUEUED,
        created_at=now,
        not_before=not_before or now,
        not_after=not_after,
        attempts=0,
    )
    db.session.add(message)
    after_commit(_bell.set)
    return message


def forget_queued(dedupe_key: str) -> None:
    """Withdraw a message that has not left yet; part of the current transaction."""
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.dedupe_key == dedupe_key, OutboxMessage.state == OutboxState.QUEUED)
        .values(state=OutboxState.EXPIRED, payload=None, done_at=clock.now())
    )


def run_once(worker: str) -> int:
    """Claim what is due, send it, and say how many were claimed."""
    if not _anything_due():
        return 0
    claimed = _claim(worker)
    for message_id, kind, payload, attempts, not_after in claimed:
        _send_one(worker, message_id, kind, payload, attempts, not_after)
    return len(claimed)


def enqueue_regular() -> None:
    """Write this turn's messages of the regular kinds, unless this process already did.

    What an earlier turn left behind is deleted: it says nothing to anybody.
    """
    now = clock.now()
    for kind, every in _regular.items():
        turn = int(now.timestamp() // every.total_seconds())
        if turn <= _last_turns.get(kind, -1):
            continue
        over = (OutboxMessage.state == OutboxState.ACCEPTED, OutboxMessage.done_at < now - 2 * DAY)
        with transaction():
            if enqueue(kind, {}, dedupe_key=f"{kind}:{turn}") is not None:
                db.session.execute(delete(OutboxMessage).where(OutboxMessage.kind == kind, *over))
        _last_turns[kind] = turn


def new_worker_name() -> str:
    """Name this worker so that no other can mark its rows."""
    return f"{socket.gethostname()[:40]}:{uuid.uuid4().hex[:12]}"


def run_forever(app: Flask, stop: threading.Event) -> None:
    """Work until told to stop; a fault is logged and the loop goes on."""
    worker = new_worker_name()
    while not stop.is_set():
        busy = 0
        try:
            with app.app_context():
                enqueue_regular()
                busy = run_once(worker)
        except Exception:  # the loop outlives a database restart
            log.exception("outbox_loop_failed")
        if not busy:
            _bell.wait(IDLE_POLL)
            _bell.clear()


def start_embedded_worker(app: Flask) -> threading.Event:
    """Empty the outbox in a thread of this process; set the returned event to stop it."""
    stop = threading.Event()
    threading.Thread(target=run_forever, args=(app, stop), daemon=True, name="outbox").start()
    return stop


def _due(now: datetime) -> Any:
    return (
        OutboxMessage.state == OutboxState.QUEUED,
        OutboxMessage.not_before <= now,
        or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < now),
    )


def _anything_due() -> bool:
    """Look without writing: an idle worker never takes the write lock."""
    found = db.session.scalar(select(OutboxMessage.id).where(*_due(clock.now())).limit(1))
    db.session.rollback()
    return found is not None


def _claim(worker: str) -> list[Any]:
    now = clock.now()
    with transaction():
        due = (
            select(OutboxMessage.id)
            .where(*_due(now))
            .order_by(OutboxMessage.not_before)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        ids = list(db.session.scalars(due))
        rows = db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(ids))
            .values(
                worker=worker,
                leased_until=now + LEASE,
                attempts=OutboxMessage.attempts + 1,
            )
            .returning(
                OutboxMessage.id,
                OutboxMessage.kind,
                OutboxMessage.payload,
                OutboxMessage.attempts,
                OutboxMessage.not_after,
            )
        ).all()
    return sorted(rows)


def _send_one(
    worker: str,
    message_id: int,
    kind: str,
    payload: str,
    attempts: int,
    not_after: datetime | None,
) -> None:
    if not_after is not None and clock.now() > not_after:
        _finish(worker, message_id, OutboxState.EXPIRED)
        return
    try:
        _handlers[kind](message_id, json.loads(payload))
    except RefusedForGoodError as error:
        log.warning("outbox_refused", kind=kind, id=message_id, error=str(error))
        _bury(worker, message_id, str(error)[:500])
    except Exception as error:  # noqa: BLE001  (whatever the far side does, the row learns of it)
        log.warning("outbox_send_failed", kind=kind, id=message_id, error=type(error).__name__)
        _retry_or_bury(worker, message_id, attempts, f"{type(error).__name__}: {error}"[:500])
    else:
        _finish(worker, message_id, OutboxState.ACCEPTED)


def _finish(worker: str, message_id: int, state: OutboxState) -> None:
    _mark(worker, message_id, state=state, payload=None, done_at=clock.now(), last_error=None)


def _retry_or_bury(worker: str, message_id: int, attempts: int, reason: str) -> None:
    if attempts > len(BACK_OFF):
        _bury(worker, message_id, reason)
        return
    again = clock.now() + timedelta(seconds=BACK_OFF[attempts - 1])
    _mark(worker, message_id, not_before=again, leased_until=None, last_error=reason)


def _bury(worker: str, message_id: int, reason: str) -> None:
    values = {"state": OutboxState.DEAD, "payload": None, "done_at": clock.now()}
    _mark(worker, message_id, **values, last_error=reason)
    log.error("outbox_message_dead", id=message_id)


def _mark(worker: str, message_id: int, **values: Any) -> None:
    """Write the outcome, unless the lease was lost to another worker."""
    with transaction():
        db.session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.id == message_id,
                OutboxMessage.worker == worker,
                OutboxMessage.done_at.is_(None),
            )
            .values(**values)
        )


def init_app(app: Flask) -> None:
    """Add ``flask worker``, for those who run the worker apart."""

    @app.cli.command("worker")
    def worker() -> None:
        """Send what waits in the outbox, until stopped."""
        start.refuse_unready(app.config["ALVEOLE"])
        stop = threading.Event()

        def end(*_signal: object) -> None:
            stop.set()
            _bell.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        run_forever(app, stop)
