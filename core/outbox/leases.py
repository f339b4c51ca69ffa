"""Who sends which message: one lease for each, renewed while it is being sent."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from core import clock, tokens
from core.database import db
from core.errors import DatabaseAwayError
from core.outbox.models import OutboxMessage, OutboxState
from core.transaction import transaction

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=60)
"""How long a message stays with a worker that gives no sign any more."""
RELEASED = {"worker": None, "lease": None, "leased_until": None}
"""What a message becomes that nobody holds."""


class LeaseLostError(Exception):
    """This worker slept too long: another one may be sending the message."""


@dataclass
class Lease:
    """One message in the hands of one worker."""

    message_id: int
    kind: str
    state: OutboxState
    """When it was taken: queued, or ended and nobody was told yet."""
    payload: dict[str, Any]
    attempts: int
    not_after: datetime | None
    due_at: datetime
    worker: str
    token: str
    span: timedelta
    held_until: float
    """By this process's own clock, ``time.monotonic``."""


_at_hand: ContextVar[Lease | None] = ContextVar("lease_at_hand", default=None)


def is_free(now: datetime) -> ColumnElement[bool]:
    """Say that nobody holds a message."""
    return or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < now)


def claim(worker: str, span: timedelta, wanted: Sequence[ColumnElement[bool]]) -> Lease | None:
    """Take the first message of those ``wanted`` that no other worker is about to take."""
    started, now = time.monotonic(), clock.now()
    token = tokens.new_token()
    with transaction():
        first = db.session.scalar(
            select(OutboxMessage.id)
            .where(*wanted, is_free(now))
            .order_by(OutboxMessage.not_before, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if first is None:
            return None
        row = db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == first)
            .values(worker=worker, lease=token, leased_until=now + span)
            .returning(
                OutboxMessage.id,
                OutboxMessage.kind,
                OutboxMessage.state,
                OutboxMessage.payload,
                OutboxMessage.attempts,
                OutboxMessage.not_after,
                OutboxMessage.due_at,
                OutboxMessage.created_at,
            )
        ).one()
    return Lease(
        message_id=row.id,
        kind=row.kind,
        state=row.state,
        payload=json.loads(row.payload or "{}"),
        attempts=row.attempts,
        not_after=row.not_after,
        due_at=row.due_at or row.created_at,
        worker=worker,
        token=token,
        span=span,
        held_until=started + span.total_seconds(),
    )


def mark(lease: Lease, **values: Any) -> bool:
    """Write an outcome and give the message back, unless the lease was lost or it was withdrawn."""
    with transaction():
        changed = db.session.execute(
            update(OutboxMessage)
            .where(*_mine(lease), OutboxMessage.state == lease.state)
            .values(**RELEASED | values)
        )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def renew(lease: Lease) -> bool:
    """Hold the message longer; say whether it was still this worker's."""
    started = time.monotonic()
    with transaction():
        changed = db.session.execute(
            update(OutboxMessage).where(*_mine(lease)).values(leased_until=clock.now() + lease.span)
        )
    is_mine = bool(changed.rowcount)  # type: ignore[attr-defined]
    if is_mine:
        lease.held_until = started + lease.span.total_seconds()
    return is_mine


def _mine(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.id == lease.message_id,
        OutboxMessage.worker == lease.worker,
        OutboxMessage.lease == lease.token,
    )


@contextlib.contextmanager
def held(app: Flask, lease: Lease) -> Iterator[None]:
    """Renew the lease during the block, from a thread that ends with it."""
    is_over = threading.Event()
    keeper = threading.Thread(
        target=_keep, args=(app, lease, is_over), daemon=True, name="outbox lease"
    )
    token = _at_hand.set(lease)
    keeper.start()
    try:
        yield
    finally:
        _at_hand.reset(token)
        is_over.set()
        keeper.join()


def _keep(app: Flask, lease: Lease, is_over: threading.Event) -> None:
    while not is_over.wait(lease.span.total_seconds() / 3):
        with app.app_context():
            try:
                if not renew(lease):
                    return
            except (SQLAlchemyError, DatabaseAwayError) as error:
                log.warning("outbox_lease_not_renewed", error=type(error).__name__)


def require_held() -> None:
    """Ask right before what cannot be taken back: a worker that slept sends nothing late.

    Raises:
        LeaseLostError: the lease of the message at hand has run out.
    """
    lease = _at_hand.get()
    if lease is not None and time.monotonic() > lease.held_until:
        raise LeaseLostError
