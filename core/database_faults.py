"""Which failures mean that the database is away, and which are faults of ours.

The one translator: pages, sockets, commands, the worker and the unit of work all ask here. What is
away comes back; whoever asked is told so, and loses nothing. What is wrong stays an error.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import structlog
from sqlalchemy import exc

from core.errors import AWAY, DatabaseAwayError, UnavailableError, UncertainError
from core.transaction_state import is_act_kept

log = structlog.get_logger(__name__)

FAULT = "alveole.database_fault"
"""Where a request keeps why the database is away; from then on nothing of it asks again."""

_POSTGRESQL = {
    "08": "connection",
    "53": "resources",  # disk full, out of memory, too many connections
    "58": "disk",
    "28": "connection",  # the server no longer takes our name or password
    "XX": "disk",  # an index or a page that cannot be read
    "57P": "connection",  # stopped, stopping, starting
    "57014": "time",
    "55P03": "lock",
    "40001": "lock",
    "40P01": "lock",
    "25006": "read_only",
    "25P03": "time",
    "25P04": "time",
    "3D000": "connection",
}
_SQLITE = {
    sqlite3.SQLITE_BUSY: "lock",
    sqlite3.SQLITE_LOCKED: "lock",
    sqlite3.SQLITE_PROTOCOL: "lock",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_IOERR: "disk",
    sqlite3.SQLITE_CORRUPT: "disk",
    sqlite3.SQLITE_NOTADB: "disk",
    sqlite3.SQLITE_FULL: "disk",
    sqlite3.SQLITE_CANTOPEN: "disk",
    sqlite3.SQLITE_NOMEM: "resources",
    sqlite3.SQLITE_INTERRUPT: "time",
}
_SHORT = {"lock", "pool", "time"}
"""What is over soon: who asks is told to come back in seconds."""
SOON = 5
_LOST_SESSION = "8s2b"
"""SQLAlchemy's own code: the connection of this session was lost before."""


class DatabaseUnavailableError(DatabaseAwayError):
    """The database does not do what was asked, now; it will."""

    def __init__(self, reason: str) -> None:
        """Remember why, for the log and for who may try again at once."""
        super().__init__()
        self.reason = reason
        if reason in _SHORT:
            self.retry_after = SOON


def reason_of(error: BaseException) -> str | None:
    """Say what keeps the database from answering, or nothing when it is not that."""
    if isinstance(error, exc.TimeoutError):
        return "pool"
    if isinstance(error, exc.PendingRollbackError):
        return "connection" if error.code == _LOST_SESSION else None
    if isinstance(error, exc.DBAPIError) and not error.connection_invalidated:
        return _driver(error.orig)
    return "connection" if isinstance(error, exc.DBAPIError) else _driver(error)


def _driver(error: BaseException | None) -> str | None:
    if isinstance(error, psycopg.Error):
        return _postgresql(error)
    code = getattr(error, "sqlite_errorcode", None)
    return _SQLITE.get(code & 0xFF) if isinstance(error, sqlite3.Error) and code else None


def _postgresql(error: psycopg.Error) -> str | None:
    state = error.sqlstate
    if state is None:  # never from the server: the line is broken, or was closed here
        is_line = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return "connection" if is_line else None
    return next((word for start, word in _POSTGRESQL.items() if state.startswith(start)), None)


def translate(error: BaseException) -> UnavailableError | DatabaseAwayError | None:
    """Return what to say when the database is away, written down once; nothing for other faults."""
    if isinstance(error, AWAY):
        return error
    reason = reason_of(error)
    if reason is None:
        return None
    cause = getattr(error, "orig", None) or error
    detail = str(cause).strip().partition("\n")[0][:200]
    log.error("database_unavailable", reason=reason, kind=type(cause).__name__, detail=detail)
    return DatabaseUnavailableError(reason)


def told(error: DatabaseAwayError) -> DatabaseAwayError:
    """Return what is true to say: once an act is on disk, only its answer was lost."""
    is_after = isinstance(error, DatabaseUnavailableError) and is_act_kept()
    return UncertainError() if is_after else error


@contextmanager
def translated() -> Iterator[None]:
    """Let what happens inside fail in one way only when the database is away.

    Raises:
        DatabaseAwayError: the database is away.
    """
    try:
        yield
    except Exception as error:
        unavailable = translate(error)
        if unavailable is None or unavailable is error:
            raise
        raise unavailable from error
