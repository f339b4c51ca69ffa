"""The worker: takes one message at a time, sends it outside any transaction, writes the outcome.

At least once, never lost. A message is sent again only where its sender died, or where it is not
known whether the far side took it.
"""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import SQLAlchemyError

from core import clock, native_pool
from core.database import db
from core.errors import DatabaseAwayError
from core.outbox import endings, heartbeat, leases, regular, upkeep
from core.outbox.breaker import Breaker
from core.outbox.kinds import (
    KINDS,
    AwayError,
    NoLongerTrueError,
    RefusedForGoodError,
    destination_of,
    reason_of,
)
from core.outbox.leases import LEASE, Lease, LeaseLostError
from core.outbox.models import Lane, OutboxMessage, OutboxState
from core.outbox.writing import bell

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger(__name__)

ROUND = 20
LOOKS = 3
IDLE_POLL = 2.0
"""Seconds between looks when nobody rings; another process's commits do not ring."""
BACK_OFF = (10, 60, 300, 900, 3600)
"""Seconds before each new try; the last one again and again."""
URGENT_IN_A_ROW = 8
"""Urgent messages before an ordinary one has its turn."""


def _new_name() -> str:
    return f"{socket.gethostname()[:40]}:{uuid.uuid4().hex[:12]}"


@dataclass
class Worker:
    """One sender of messages; what it remembers serves only to choose the next one."""

    name: str = field(default_factory=_new_name)
    span: timedelta = LEASE
    breaker: Breaker = field(default_factory=Breaker)
    started_at: datetime = field(default_factory=clock.now)
    pid: int = field(default_factory=os.getpid)
    _urgent_in_a_row: int = 0

    def run_once(
        self, *, at_most: int = ROUND, may_go_on: Callable[[], bool] = lambda: True
    ) -> int:
        """Send what is due, one message after the other, and say how many were dealt with.

        ``may_go_on`` is asked before each.
        """
        dealt = endings.end_what_is_over(self.breaker.resting())
        while dealt < at_most and may_go_on() and (lease := self._claim_next()) is not None:
            self._send(lease)
            dealt += 1
            native_pool.let_others_go_on()  # the pages that this process serves have their turn
        return dealt + endings.tell_of_the_dead(self.name, self.span)

    def _claim_next(self) -> Lease | None:
        for _time in range(LOOKS):
            lanes = self._lanes_due()
            if not lanes:
                return None
            wants_ordinary = self._urgent_in_a_row >= URGENT_IN_A_ROW or Lane.URGENT not in lanes
            lane = Lane.ORDINARY if wants_ordinary and Lane.ORDINARY in lanes else Lane.URGENT
            lease = leases.claim(self.name, self.span, self._due(lane))
            if lease is not None:
                self._urgent_in_a_row = self._urgent_in_a_row + 1 if lane is Lane.URGENT else 0
                return lease
        return None  # other workers were faster each time

    def _lanes_due(self) -> set[Lane]:
        """Look without writing: an idle worker never takes the write lock."""
        now = clock.now()
        due = set()
        for lane in Lane:
            query = select(OutboxMessage.id).where(*self._due(lane), leases.is_free(now)).limit(1)
            if db.session.scalar(query) is not None:
                due.add(lane)
        db.session.rollback()
        return due

    def _due(self, lane: Lane) -> tuple[ColumnElement[bool], ...]:
        resting = set(self.breaker.resting())
        left_alone = [kind for kind in KINDS if destination_of(kind) in resting]
        return (
            OutboxMessage.state == OutboxState.QUEUED,
            OutboxMessage.lane == lane,
            OutboxMessage.not_before <= clock.now(),
            *([OutboxMessage.kind.not_in(left_alone)] if left_alone else ()),
        )

    def _send(self, lease: Lease) -> None:
        if lease.not_after is not None and clock.now() > lease.not_after:
            endings.end(lease, OutboxState.EXPIRED, reason=None)
            return
        destination = destination_of(lease.kind)
        try:
            with leases.held(current_app._get_current_object(), lease):  # type: ignore[attr-defined]
                KINDS[lease.kind].send(lease.message_id, lease.payload)
        except NoLongerTrueError:
            endings.forget(lease)
        except RefusedForGoodError as error:
            self.breaker.note_success(destination)  # it is there, and answers
            log.warning(
                "outbox_refused", kind=lease.kind, id=lease.message_id, error=reason_of(error)
            )
            endings.end(lease, OutboxState.DEAD, reason=reason_of(error))
        except LeaseLostError:
            log.warning("outbox_lease_lost", kind=lease.kind, id=lease.message_id)
        except Exception as error:  # noqa: BLE001  (whatever the far side does, the row learns of it)
            if isinstance(error, AwayError):
                self.breaker.note_away(destination)
            self._retry(lease, error)
        else:
            self.breaker.note_success(destination)
            leases.mark(
                lease,
                state=OutboxState.ACCEPTED,
                payload=None,
                done_at=clock.now(),
                attempts=lease.attempts + 1,
                last_error=None,
            )

    def _retry(self, lease: Lease, error: Exception) -> None:
        name = type(error.__cause__ or error).__name__
        log.warning("outbox_send_failed", kind=lease.kind, id=lease.message_id, error=name)
        now = clock.now()
        if endings.is_given_up(lease.not_after, lease.due_at, now):
            state = OutboxState.EXPIRED if lease.not_after else OutboxState.DEAD
            endings.end(lease, state, reason=reason_of(error))
            return
        wait = timedelta(seconds=BACK_OFF[min(lease.attempts, len(BACK_OFF) - 1)])
        leases.mark(
            lease, not_before=now + wait, attempts=lease.attempts + 1, last_error=reason_of(error)
        )


def run_forever(app: Flask, stop: threading.Event) -> None:
    """Work until told to stop; a fault is logged and the loop goes on."""
    worker = Worker()

    def may_go_on() -> bool:
        heartbeat.beat(worker)
        return not stop.is_set()

    while not stop.is_set():
        dealt = 0
        try:
            with app.app_context():
                regular.enqueue_regular()
                dealt = worker.run_once(may_go_on=may_go_on)
                upkeep.log_problems()  # after its first sign of life
        except Exception:  # the loop outlives a database restart
            log.exception("outbox_loop_failed")
        if not dealt:
            bell.wait(IDLE_POLL)
            bell.clear()
    _take_leave(app, worker)


def _take_leave(app: Flask, worker: Worker) -> None:
    with app.app_context():
        try:
            heartbeat.stop(worker)
        except (SQLAlchemyError, DatabaseAwayError) as error:
            # Its row is old soon, and then tells of no worker by itself.
            log.warning("outbox_leave_not_written", error=type(error).__name__)


def start_embedded_worker(app: Flask) -> threading.Event:
    """Empty the outbox in a thread of this process; set the returned event to stop it."""
    stop = threading.Event()
    threading.Thread(target=run_forever, args=(app, stop), daemon=True, name="outbox").start()
    return stop
