"""The rows of the cast, written by objects once and by plain rows from then on.

A third of what a short test computes went into building the same people anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import make_transient_to_detached

from core.database import Base, db
from core.transaction import transaction
from tests import factories
from tests.cast import Cast

People = TypeVar("People")
COUNT_ON = "setval(pg_get_serial_sequence('{0}', 'id'), (SELECT max(id) FROM {0}))"
"""On PostgreSQL a number that was written is not counted by itself."""


@dataclass(frozen=True)
class Kept(Generic[People]):
    """The rows of each table, and which of them each of some people and things is."""

    rows: dict[str, list[tuple[Any, ...]]]
    kind: type[People]
    people: dict[str, tuple[type[Any], int]]

    @classmethod
    def now(cls, people: People) -> Kept[People]:
        """Keep what is in the database."""
        return cls(_rows(), type(people), named(people))

    def restore(self) -> People:
        """Write it into an empty database, and return them as they are after a commit."""
        _write(self.rows)
        return known(self.kind, self.people)


def named(people: Any) -> dict[str, tuple[type[Any], int]]:
    """Return which row each of them is; they are the fields of a dataclass."""
    rows = {field.name: getattr(people, field.name) for field in fields(people)}
    return {name: (type(row), row.id) for name, row in rows.items()}


def known(kind: type[People], people: dict[str, tuple[type[Any], int]]) -> People:
    """Return those of whom only the numbers are known yet, like anybody after a commit."""
    return kind(**{name: _known(*row) for name, row in people.items()})


def kind_of_rows() -> tuple[str, str]:
    """Say what rows depend on: the kind of database, and the costs of hashing."""
    return db.engine.dialect.name, factories.password_hash().split("$")[3]


class Restorer:
    """Gives the cast to one test after another, in databases that were emptied before."""

    def __init__(self, build: Callable[[], Cast]) -> None:
        """Know how the first one is built."""
        self._build = build
        self._kept: dict[tuple[str, str], Kept[Cast]] = {}

    def cast(self) -> Cast:
        """Write the cast and return it, as it is after its transaction."""
        kind = kind_of_rows()
        if kind in self._kept:
            return self._kept[kind].restore()
        with transaction():
            cast = self._build()
        self._kept[kind] = Kept.now(cast)
        db.session.rollback()
        return cast


def _rows() -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.exec_driver_sql(f"SELECT * FROM {table.name}").all()
            if rows:
                found[table.name] = [tuple(row) for row in rows]
    return found


def _write(kept: dict[str, list[tuple[Any, ...]]]) -> None:
    with db.engine.begin() as connection:
        is_postgresql = connection.dialect.name == "postgresql"
        sign = "%s" if is_postgresql else "?"
        for table, rows in kept.items():
            one = f"({', '.join([sign] * len(rows[0]))})"
            values = tuple(value for row in rows for value in row)
            every = ", ".join([one] * len(rows))
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES {every}", values)
        if is_postgresql:
            numbered = [table for table in kept if "id" in Base.metadata.tables[table].c]
            counts = ", ".join(COUNT_ON.format(table) for table in numbered)
            connection.exec_driver_sql(f"SELECT {counts}")


def _known(kind: type[Any], number: int) -> Any:
    """Return somebody of whom only the number is known yet, like anybody after a commit."""
    one = kind()
    one.id = number
    make_transient_to_detached(one)
    db.session.add(one)
    return one
