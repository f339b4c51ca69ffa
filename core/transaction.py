"""The unit of work: one outermost operation, one commit."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import OperationalError

from core.database import db
from core.errors import UnavailableError
from core.transaction_state import Hook, hooks, is_writing

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger(__name__)

# Taken before BEGIN IMMEDIATE, so that writers of this process queue where waiting is cooperative
# (under gevent this is a green lock) and never inside SQLite's own busy handler.
_sqlite_writer = threading.Lock()
WAIT = 5.0
"""Seconds a writer waits for the database before saying that it is not available."""


@contextmanager
def transaction() -> Iterator[None]:
    """Commit on success, roll back on any exception, then run the hooks.

    A transaction opened inside another one joins it: only the outermost commits. The outermost
    first ends the read that led to it and expires every object: what is judged inside is read anew.

    Raises:
        UnavailableError: the database stayed locked by somebody else for five seconds.
    """
    if is_writing():
        yield
        return
    pending: list[Hook] = []
    db.session.rollback()
    db.session.expire_all()  # a roll-back expires only what the ended transaction had read
    is_sqlite = db.engine.dialect.name == "sqlite"
    if is_sqlite and not _sqlite_writer.acquire(timeout=WAIT):
        raise UnavailableError
    token = hooks.set(pending)
    try:
        if is_sqlite:
            _begin_immediately()
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        hooks.reset(token)
        if is_sqlite:
            _sqlite_writer.release()
    _run(pending)


def after_commit(hook: Hook) -> None:
    """Run ``hook`` once the current transaction is on disk; a rollback forgets it."""
    pending = hooks.get()
    if pending is None:
        msg = "after_commit() called outside a transaction"
        raise RuntimeError(msg)
    pending.append(hook)


def _begin_immediately() -> None:
    """Own the file. Another process (a command) may hold it: ask again, letting others run."""
    give_up_at = time.monotonic() + WAIT
    while True:
        try:
            db.session.connection()
        except OperationalError as error:
            db.session.rollback()
            if "locked" not in str(error.orig):
                raise
            if time.monotonic() > give_up_at:
                raise UnavailableError from error
            time.sleep(0.01)
        else:
            return


def _run(pending: list[Hook]) -> None:
    for hook in pending:
        try:
            hook()
        except Exception:  # the data is safe; a lost push must not fail the request
            log.exception("after_commit_hook_failed")
