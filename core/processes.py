"""Which processes serve pages now: without a queue between them, live hints reach only some.

Each has a row that it touches every few seconds and takes away when it stops.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Integer, String, delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, tokens
from core.database import Identified, Model, db
from core.errors import DatabaseAwayError
from core.personal_data import Fate, Until, declare
from core.problems import ConfigError, Problem, marked
from core.transaction import transaction

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Config

log = structlog.get_logger(__name__)
BEAT = 5.0
"""Seconds between two signs of life."""
GONE = timedelta(seconds=20)
"""A row that was not touched for longer belongs to nobody."""
LOOK = 0.5


class ServingProcess(Identified, Model):
    """One process that answers pages and holds sockets."""

    __tablename__ = "serving_processes"

    name: Mapped[str] = mapped_column(String(43), unique=True)
    """Random: a process number comes back, also on other machines."""
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int] = mapped_column(Integer)
    parent_pid: Mapped[int] = mapped_column(Integer)
    queue_hash: Mapped[str] = mapped_column(String(64))
    """Of the queue that it shares with others; empty without."""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


declare(
    ServingProcess,
    Fate.NOBODY,
    Until.INSTANCE,
    reason="The name and the host are those of a machine; each row ends with its process",
)


@dataclass(frozen=True)
class Seen:
    """What a process sees of another one that it shares no queue with."""

    name: str
    host: str
    pid: int
    seen_at: datetime


@dataclass
class Heart:
    """The signs of life of this very process."""

    queue: str
    workers: int = 1
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    parent_pid: int = field(default_factory=os.getppid)
    name: str = field(default_factory=tokens.new_token)
    is_stopped: bool = False

    @property
    def queue_hash(self) -> str:
        """Return what tells one queue from another; its address may hold a password."""
        return tokens.hash_token(self.queue) if self.queue else ""

    def beat(self) -> None:
        """Say that this process lives, and forget those that do no more."""
        now = clock.now()
        with transaction():
            if self.is_stopped:
                return
            db.session.execute(delete(ServingProcess).where(ServingProcess.seen_at < now - GONE))
            mine = update(ServingProcess).where(ServingProcess.name == self.name)
            if not db.session.execute(mine.values(seen_at=now)).rowcount:  # type: ignore[attr-defined]
                db.session.add(
                    ServingProcess(
                        name=self.name,
                        host=self.host[:255],
                        pid=self.pid,
                        parent_pid=self.parent_pid,
                        queue_hash=self.queue_hash,
                        started_at=now,
                        seen_at=now,
                    )
                )

    def stop(self) -> None:
        """Take the row away: whoever starts next need not wait until it is old."""
        self.is_stopped = True
        with transaction():
            db.session.execute(delete(ServingProcess).where(ServingProcess.name == self.name))

    def list_unreached(self, *, earlier: bool = False) -> list[Seen]:
        """Return the living processes that this one's hints do not reach, perhaps only older ones.

        While one worker takes over from another under the same parent both live for a moment.
        """
        unreached = [
            row
            for row in list_serving()
            if row.name != self.name
            and not (row.queue_hash and row.queue_hash == self.queue_hash)
            and not (self.workers == 1 and self._is_predecessor(row))
        ]
        if earlier:
            mine = db.session.scalar(
                select(ServingProcess.id).where(ServingProcess.name == self.name)
            )
            unreached = [row for row in unreached if mine is None or row.id < mine]
        db.session.rollback()
        return [Seen(row.name, row.host, row.pid, row.seen_at) for row in unreached]

    def _is_predecessor(self, row: ServingProcess) -> bool:
        return row.host == self.host and (
            row.parent_pid == self.parent_pid or not _lives(row.pid) or row.pid == self.pid
        )


def _lives(pid: int) -> bool:
    """Say whether this machine still has such a process: one that was killed left its row."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def list_serving() -> list[ServingProcess]:
    """Return the processes that gave a sign of life a moment ago, the oldest first."""
    query = select(ServingProcess).where(ServingProcess.seen_at >= clock.now() - GONE)
    return list(db.session.scalars(query.order_by(ServingProcess.id)))


def settings_problem(config: Config) -> Problem | None:
    """Say what is wrong with several processes in one configuration."""
    if config.server.workers > 1 and not config.realtime.message_queue:
        words = marked(
            "several processes need realtime.message_queue (redis://…), otherwise live messages "
            "reach only some of the open pages."
        )
        return Problem("server.workers", words)
    return None


def refuse_to_be_second(heart: Heart, config: Config) -> None:
    """In production, do not serve beside a living process that shares no queue with this one.

    A row may have been left by a process that was killed: only one that goes on beating counts.

    Raises:
        ConfigError: it names the other process.
    """
    first = {process.name: process for process in heart.list_unreached(earlier=True)}
    if not first or config.is_demo:
        return
    give_up_at = time.monotonic() + 2 * BEAT
    while time.monotonic() < give_up_at:
        time.sleep(LOOK)
        for process in heart.list_unreached(earlier=True):
            known = first.get(process.name)
            if known is not None and process.seen_at > known.seen_at:
                words = marked(
                    "another process serves this database already (process %(pid)s on %(host)s) "
                    "and shares no queue with this one: set the same realtime.message_queue "
                    "(redis://…) for both, or stop one of them."
                )
                problem = Problem("", words, {"pid": process.pid, "host": process.host})
                raise ConfigError(problem, locales=(config.instance.default_locale,))


def start(app: Flask, config: Config) -> Heart:
    """Begin to beat; run once, in a process that serves.

    Raises:
        ConfigError: this process must not serve beside another one.
    """
    heart = Heart(queue=config.realtime.message_queue, workers=config.server.workers)
    with app.app_context():
        try:
            heart.beat()
            refuse_to_be_second(heart, config)
        except (SQLAlchemyError, DatabaseAwayError) as error:
            # A worker that takes over while the database is away serves « come back later ».
            log.warning("sign_of_life_not_written", error=type(error).__name__)
        except ConfigError:
            heart.stop()
            raise
    threading.Thread(target=_go_on, args=(app, heart), daemon=True, name="heart").start()
    return heart


def _go_on(app: Flask, heart: Heart) -> None:
    told: set[str] = set()
    while not heart.is_stopped:
        with app.app_context():
            try:
                heart.beat()
                told = tell_of_unreached(heart, told)
            except (SQLAlchemyError, DatabaseAwayError) as error:
                log.warning("sign_of_life_not_written", error=type(error).__name__)
        time.sleep(BEAT)


def tell_of_unreached(heart: Heart, told: set[str]) -> set[str]:
    """Log each process that this one's hints do not reach, once; return whom it knows of now."""
    unreached = heart.list_unreached()
    for process in unreached:
        if process.name not in told:
            log.error("processes_share_no_queue", other_pid=process.pid, other_host=process.host)
    return {process.name for process in unreached}
