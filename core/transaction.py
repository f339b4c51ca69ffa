"""The unit of work: one outermost operation, one commit."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select

from core import database_faults, database_patience
from core.database import db
from core.database_faults import DatabaseUnavailableError
from core.errors import UncertainError
from core.transaction_state import Hook, hooks, is_writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = structlog.get_logger(__name__)

# Taken before BEGIN IMMEDIATE, so that writers of this process queue where waiting is cooperative
# (under gevent this is a green lock) and never inside SQLite's own busy handler.
_sqlite_writer = threading.Lock()
WAIT = 5.0
"""Seconds a writer waits for another process before saying that the database is not available."""
QUEUE = 30.0
"""Seconds a writer waits for those of its own process: a crowd takes some, and holds nothing."""


@contextmanager
def transaction() -> Iterator[None]:
    """Commit on success, roll back on any exception, then run the hooks.

    A transaction opened inside another one joins it: only the outermost commits. The outermost
    first ends the read that led to it and expires every object: what is judged inside is read anew.

    Raises:
        DatabaseUnavailableError: it is away, or stayed locked by somebody else; nothing is kept.
        UncertainError: it went away while it committed.
    """
    if is_writing():
        yield
        return
    pending: list[Hook] = []
    with database_faults.translated():
        db.session.rollback()
        db.session.expire_all()  # a roll-back expires only what the ended transaction had read
        is_sqlite = db.engine.dialect.name == "sqlite"
    if is_sqlite and not _sqlite_writer.acquire(timeout=QUEUE):
        log.error("database_unavailable", reason="lock", detail="our own writers took too long")
        raise DatabaseUnavailableError("lock")
    token = hooks.set(pending)
    try:
        with database_faults.translated():
            if is_sqlite:
                _begin_immediately()
            yield
            db.session.flush()  # what is refused here is refused for sure; the commit only keeps
        _commit()
    except BaseException:
        end_reading()
        raise
    finally:
        hooks.reset(token)
        if is_sqlite:
            _sqlite_writer.release()
    _run(pending)


def _commit() -> None:
    """Keep it. A line that breaks now leaves open whether the database did."""
    try:
        with database_faults.translated():
            db.session.commit()
    except DatabaseUnavailableError as error:
        if error.reason == "connection":
            raise UncertainError from error
        raise


def end_reading() -> None:
    """Roll back what was read; a connection that is gone has done so itself, and hides no error."""
    _even_if_away(db.session.rollback)


def let_go() -> None:
    """End the session, and give its connection back; one that is gone takes nothing with it."""
    _even_if_away(db.session.remove)


def _even_if_away(end: Callable[[], None]) -> None:
    try:
        end()
    except Exception as error:
        if database_faults.translate(error) is None:
            raise
        end()  # the first time only learnt that the connection is no more


def queue_up(*names: str) -> None:
    """Let one at a time go on under each name, in this order, until its transaction ends.

    SQLite has one writer anyway; PostgreSQL waits no longer than its ``lock_timeout``.
    """
    if names and db.engine.dialect.name == "postgresql":
        hashes = (hashlib.sha256(name.encode()).digest()[:8] for name in names)
        numbers = [int.from_bytes(start, "big", signed=True) for start in hashes]
        db.session.execute(select(*map(func.pg_advisory_xact_lock, numbers)))


def after_commit(hook: Hook) -> None:
    """Run ``hook`` once the current transaction is on disk; a rollback forgets it."""
    pending = hooks.get()
    if pending is None:
        msg = "after_commit() called outside a transaction"
        raise RuntimeError(msg)
    pending.append(hook)


def _begin_immediately() -> None:
    """Own the file. Another process (a command) may hold it: ask again, letting others run."""
    started = time.monotonic()
    give_up_at = started + min(WAIT, database_patience.left())
    while True:
        try:
            db.session.connection()
        except Exception as error:
            db.session.rollback()
            if database_faults.reason_of(error) != "lock" or time.monotonic() > give_up_at:
                database_patience.count(started)  # nothing else of the page waits as long again
                raise
            time.sleep(0.01)
        else:
            return


def _run(pending: list[Hook]) -> None:
    for hook in pending:
        try:
            hook()
        except Exception:  # the data is safe; a lost push must not fail the request
            log.exception("after_commit_hook_failed")
