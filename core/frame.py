"""What stands around every page of a signed-in person: read in one statement, once a request.

Each package gives its columns, as it fills its places on the page, so that a lower one knows
nothing of those above: ``ask("unread", UNREAD)`` in a wiring, ``frame().unread`` in a view. A
column says that something is there, or how many; what is rare is read whole only then. Nothing is
kept from one request to the next, and what an operation commits is read anew.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from core import clock, transaction_state
from core.statements import rows
from core.web import current_actor, once_a_request

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row, Select

_columns: dict[str, ColumnElement[Any]] = {}


def ask(name: str, column: ColumnElement[Any]) -> None:
    """Register what every frame shows of a person: a scalar of ``ME`` and ``NOW`` alone."""
    _columns[name] = column
    _statement.cache_clear()


@cache
def _statement() -> Select[Any]:
    return select(*(column.label(name) for name, column in _columns.items()))


def frame() -> Row[Any]:
    """Return what was asked about the person at hand."""
    user_id = current_actor().id
    return once_a_request(
        ("frame", user_id, transaction_state.count_commits()),
        lambda: rows(_statement(), me=user_id, now=clock.now()).one(),
    )
