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

from core.errors import AWAY
from core.problems import ConfigError, Problem, marked, reason_of

if TYPE_CHECKING:
    from types import TracebackType

    from core.config import Config

NOT_MIGRATED = Problem(
    "", marked("The database is not up to date: run « flask --app app db upgrade » first.")
)
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
    if isinstance(error, AWAY):
        words = marked("The database is held by somebody else: try again in a moment.")
        problem: Problem | None = Problem("", words)
    elif isinstance(error, DBAPIError):
        problem = _database_fault(error)
    elif isinstance(error, OSError) and error.errno in UNWRITABLE:
        words = marked("%(path)s cannot be written (%(reason)s).")
        problem = Problem("", words, {"path": error.filename or "?", "reason": reason_of(error)})
    else:
        problem = None
    return None if problem is None else problem.say(config.instance.default_locale)


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
