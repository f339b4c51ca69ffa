"""Reading on hot paths: statements that are made once, run on the connection at hand, rows back.

A statement is a constant of its module, with ``ME``, ``NOW`` and bind parameters of its own where a
value goes. Building an entity's statement each time costs 190 µs, this way 30. Entities are for
what is about to be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask.globals import _cv_request as request_at_hand
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Integer,
    bindparam,
    literal_column,
)
from sqlalchemy.orm import Session

from core.database import UtcDateTime, db
from core.transaction_state import is_writing

F = TypeVar("F")

ME: BindParameter[Any] = bindparam("me", type_=Integer())
"""The id of who reads."""
NOW: BindParameter[Any] = bindparam("now", type_=UtcDateTime())
_CONNECTION, _FOUND = "connection", "found"


@dataclass(frozen=True)
class Reader:
    """Who reads, in conditions that ask for an actor: known when the statement is run."""

    id: BindParameter[Any] = ME


READER = Reader()


def fixed(value: StrEnum) -> ColumnElement[Any]:
    """Write a word of ours into a statement, where a parameter would be.

    SQLite plans a statement anew at each execution when a parameter may decide whether one of its
    partial indexes can serve: ``status = ?`` took ten times as long as ``status = 'held'``.
    """
    return literal_column(f"'{value.value}'")


def rows(statement: Executable, many: Any = None, /, **values: Any) -> CursorResult[Any]:
    """Run a statement of a module with these values; ``many`` is a list of them, for writing.

    What was changed before is written first, as the session itself does.
    """
    return _connection().execute(statement, many if many is not None else values)


def _connection() -> Connection:
    """Return that of the transaction at hand, looked for once."""
    session = db.session()
    session.flush()  # as the session does before reads of its own
    at_hand, kept = session.get_transaction(), session.info.get(_CONNECTION)
    if at_hand is None or kept is None or kept[0] is not at_hand:
        connection = session.connection()
        kept = session.info[_CONNECTION] = (session.get_transaction(), connection)
    return kept[1]


def while_reading(key: Hashable, find: Callable[[], F]) -> F:
    """Return what ``find`` finds, asked once in the transaction in which a request reads.

    It ends with the request, and with whatever is committed or rolled back within it; an operation,
    which judges under its lock, always asks anew.
    """
    if is_writing():
        return find()
    session = db.session()
    kept = _found_in(session)
    if kept is not None and key in kept:
        return kept[key]  # type: ignore[no-any-return]
    value = find()
    if session.get_transaction() is not None:
        kept = _found_in(session)
        if kept is None:
            kept = {}
            here = request_at_hand.get(None)
            session.info[_FOUND] = (session.get_transaction(), here, kept)
        kept[key] = value
    return value


def _found_in(session: Session) -> dict[Hashable, Any] | None:
    """Return what was found in the transaction at hand of the request at hand."""
    transaction, request, kept = session.info.get(_FOUND, (None, None, None))
    is_at_hand = transaction is not None and transaction is session.get_transaction()
    return kept if is_at_hand and request is request_at_hand.get(None) else None
