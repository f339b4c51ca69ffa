"""How long this side waits for PostgreSQL: a server that answers nothing is not waited for.

The server has time limits of its own (``statement_timeout``, ``lock_timeout``); they help nobody
when its machine is frozen or the line between swallows what is sent. Then only a clock here helps.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Any

import psycopg
from psycopg.errors import _WaitTimeout
from sqlalchemy import Engine, QueuePool, event
from sqlalchemy.exc import InvalidatePoolError

TOTAL = 5.0
"""Seconds that one page or one event may wait for a database that does not answer."""
STATEMENT = 5.5
"""Seconds for one statement; longer than the server's own limit, whose words are better."""
COMMIT_GRACE = 0.5
PING = 1.5
"""Seconds for the first sign of life of a connection that has rested."""
AWAKE = 1.0
"""Seconds after which a connection has rested so long that it is asked whether it lives."""
SIGN_OF_LIFE = ";"
CONNECT = 2
"""Seconds; the library waits no shorter."""
QUICK = 0.5
"""Answers below this are those of a server that is well, however many a page needs."""
_spent: ContextVar[list[float] | None] = ContextVar("waited_for_database", default=None)


def start_counting() -> None:
    """Begin to count, for the page or event that begins now."""
    _spent.set([0.0])


def stop_counting() -> None:
    """What follows the page or event is nobody's wait."""
    _spent.set(None)


def left() -> float:
    """Return how long may still be waited in all; commands and the worker have no total."""
    spent = _spent.get()
    return STATEMENT if spent is None else max(TOTAL - spent[0], 0.0)


def count(started: float) -> None:
    """Add the time since ``started`` to what was waited, unless it was quick."""
    waited, spent = time.monotonic() - started, _spent.get()
    if spent is not None and waited > QUICK:
        spent[0] += waited


class PatientPool(QueuePool):
    """Counts the wait for a connection as well."""

    def _do_get(self) -> Any:
        started = time.monotonic()
        try:
            return super()._do_get()
        finally:
            count(started)


class PatientConnection(psycopg.Connection[Any]):
    """A connection that gives up, and is thrown away, when nothing comes back in time."""

    has_rested = False
    rests_since = 0.0
    """By the monotonic clock."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Run one exchange with the server, no longer than is left."""
        longest = PING if self.has_rested else STATEMENT
        longest = min(longest, max(left(), COMMIT_GRACE), timeout or STATEMENT)
        started = time.monotonic()
        try:
            return super().wait(gen, interval, timeout=longest)
        except _WaitTimeout:
            # What the server still does is not known here: nothing more can be said on this line.
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer") from None
        finally:
            count(started)


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Any, _record: Any, cargs: Any, cparams: Any) -> Any:
    if dialect.driver != "psycopg":
        return None
    if left() < CONNECT:
        raise psycopg.OperationalError("no time is left to connect")
    return PatientConnection.connect(*cargs, **cparams)


@event.listens_for(PatientPool, "checkin")
def _rest(connection: Any, _record: Any) -> None:
    if isinstance(connection, PatientConnection):
        connection.has_rested, connection.rests_since = True, time.monotonic()


@event.listens_for(PatientPool, "checkout")
def _wake(connection: Any, _record: Any, _proxy: Any) -> None:
    """Give out a connection that lives; of one that does not, the pool makes another.

    Raises:
        InvalidatePoolError: it does not.
    """
    if not isinstance(connection, PatientConnection):
        return
    try:
        if connection.has_rested and time.monotonic() - connection.rests_since > AWAKE:
            _ask_for_a_sign_of_life(connection)
        else:
            _look_whether_it_was_ended(connection)
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise InvalidatePoolError from error
    connection.has_rested = False


def _ask_for_a_sign_of_life(connection: PatientConnection) -> None:
    connection.autocommit = True  # else a transaction would begin, and be one to end
    connection.execute(SIGN_OF_LIFE)
    connection.autocommit = False


def _look_whether_it_was_ended(connection: PatientConnection) -> None:
    """Read what came unasked, which costs no journey: the server's last words, then the end."""
    for _last_words_then_end in range(2):
        connection.pgconn.consume_input()
