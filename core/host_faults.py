"""Faults that the host can mend, said in one sentence: commands and starts show no traceback."""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import NullPool

from core import database_faults
from core.database_faults import DatabaseUnavailableError
from core.errors import AWAY
from core.problems import ConfigError, Problem, marked, reason_of

if TYPE_CHECKING:
    from types import TracebackType

    from core.config import Config

NOT_MIGRATED = Problem(
    "", marked("The database is not up to date: run « flask --app app db upgrade » first.")
)
WHY_AWAY = {
    "connection": marked("The database does not answer, or has closed the connection."),
    "resources": marked("The database has no room or no connection left."),
    "pool": marked("All connections to the database are taken."),
    "disk": marked("The database cannot write: its disk is full or damaged."),
    "read_only": marked("The database may only be read: its file or its server refuses to write."),
    "lock": marked("Another program holds the database. Try again in a moment."),
    "time": marked("The database took too long to answer."),
}
"""By the reasons of ``database_faults``."""
UNDEFINED_TABLE, NO_PRIVILEGE = "42P01", "42501"
UNWRITABLE = {errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EDQUOT}
CONNECT_SECONDS = 3


def say_in_one_sentence(config: Config) -> None:
    """End this process with one sentence when a fault is of that kind; others are shown whole."""
    shown_whole = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        said = sentence_of(error, config)
        if said is None:
            shown_whole(kind, error, trace)
        else:
            sys.stderr.write(f"{said}\n")

    sys.excepthook = show


def sentence_of(error: BaseException, config: Config) -> str | None:
    """Return what the host should read; nothing when the fault is ours."""
    if isinstance(error, ConfigError):
        return f"{error}"
    problem = _problem_of(error)
    if problem is None and isinstance(error, AWAY):
        return str(error.message)
    return None if problem is None else problem.say(config.instance.default_locale)


def _problem_of(error: BaseException) -> Problem | None:
    """Return what the host can mend, else what keeps the database from answering."""
    if isinstance(error, OSError) and error.errno in UNWRITABLE:
        words = marked("%(path)s cannot be written (%(reason)s).")
        return Problem("", words, {"path": error.filename or "?", "reason": reason_of(error)})
    if isinstance(error, DBAPIError) and (problem := _database_fault(error)):
        return problem
    if isinstance(error, DatabaseUnavailableError):
        return Problem("", WHY_AWAY[error.reason])
    reason = database_faults.reason_of(error)
    return None if reason is None else Problem("", WHY_AWAY[reason])


def database_fault(config: Config) -> Problem | None:
    """Say why the database cannot be reached: it is away, or its address or password is wrong."""
    url = make_url(config.database.url)
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite and not os.path.exists(url.database or ""):  # noqa: PTH110  (may be no path)
        return None  # it is made by the migrations
    waits = {} if is_sqlite else {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(url, poolclass=NullPool, connect_args=waits)
    try:
        with engine.connect():
            return None
    except DBAPIError as error:
        return _database_fault(error) or _unreachable(error)
    finally:
        engine.dispose()


def port_fault(host: str, port: int) -> Problem | None:
    """Say why nothing can be served there: somebody else does, or it is no address of ours."""
    values = {"host": host, "port": port}
    try:
        [family, kind, _proto, _name, address], *_more = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            words = marked("port %(port)s of %(host)s is already in use.")
        elif error.errno == errno.EACCES:
            words = marked("port %(port)s is reserved to root: choose one above 1023.")
        else:
            words = marked("%(host)s is no address of this machine.")
            return Problem("server.host", words, values)
        return Problem("server.port", words, values)
    return None


def _database_fault(error: DBAPIError) -> Problem | None:
    state = getattr(error.orig, "sqlstate", None)
    reason = _reason(error)
    if state == UNDEFINED_TABLE or reason.startswith(("no such table", "no such column")):
        return NOT_MIGRATED
    is_plain = type(error) in {DatabaseError, OperationalError, InterfaceError}
    return _unreachable(error) if is_plain or state == NO_PRIVILEGE else None


def _unreachable(error: DBAPIError) -> Problem:
    words = marked("the database does not answer, or refuses us (%(reason)s).")
    return Problem("database.url", words, {"reason": _reason(error)})


def _reason(error: DBAPIError) -> str:
    """Return the first line of the driver's own words: they name no password."""
    return f"{error.orig}".strip().partition("\n")[0]
