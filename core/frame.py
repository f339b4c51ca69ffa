"""What pages show of their reader, from every package: read in one statement, once a request.

Each package gives its columns, as it fills its places on the page, so that a lower one knows
nothing of those above: ``frame.ask("unread", UNREAD)`` in a wiring, ``frame().unread`` in a view. A
column says that something is there, or how many; what is rare is read whole only then. Nothing is
kept from one request to the next, and what an operation commits is read anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from core import clock
from core.statements import rows, while_reading
from core.web import current_actor

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row, Select


class Glance:
    """Facts about the person at hand, each a scalar of ``ME`` and ``NOW`` alone."""

    def __init__(self) -> None:
        """Begin without any fact."""
        self._columns: dict[str, ColumnElement[Any]] = {}
        self._statement: Select[Any] | None = None

    def ask(self, name: str, column: ColumnElement[Any]) -> None:
        """Register one; registering twice changes nothing."""
        self._columns[name] = column
        self._statement = None

    def __call__(self) -> Row[Any]:
        """Return what was asked, about who is there."""
        user_id = current_actor().id
        return while_reading((self, user_id), lambda: self._read(user_id))

    def _read(self, user_id: int | None) -> Row[Any]:
        if self._statement is None:
            self._statement = select(
                *(column.label(name) for name, column in self._columns.items())
            )
        return rows(self._statement, me=user_id, now=clock.now()).one()


frame = Glance()
"""What stands around every page."""
account_facts = Glance()
"""What the lines of the account page say."""
