"""Databases of every version, with rows in them: what an upgrade must carry over.

``baseline.json`` holds rows of the demonstration as the first version wrote them. Every later
version adds to them: a row for each new table and a value for each new column, made from what the
database says of itself. Rows that it refuses are written by hand, in ``<revision>.json``.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

FOLDER = Path(__file__).parent
NOT_OURS = {"alembic_version"}

Row = dict[str, Any]
State = dict[str, list[Row]]


_reflected: WeakKeyDictionary[sa.Engine, dict[str, sa.MetaData]] = WeakKeyDictionary()


def reflect(connection: sa.Connection) -> sa.MetaData:
    """Return the tables as the database tells them, asked once for each of its versions."""
    revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    known = _reflected.setdefault(connection.engine, {})
    if revision not in known:
        known[revision] = sa.MetaData()
        known[revision].reflect(connection)
    return known[revision]


def tables_of(metadata: sa.MetaData) -> list[sa.Table]:
    """Return them in the order in which rows can be written."""
    return [table for table in metadata.sorted_tables if table.name not in NOT_OURS]


def read_state(connection: sa.Connection) -> State:
    """Read every row of every table."""
    state: State = {}
    for table in tables_of(reflect(connection)):
        order = [*table.primary_key] or [*table.columns]
        rows = connection.execute(sa.select(table).order_by(*order))
        state[table.name] = [dict(row._mapping) for row in rows]
    return state


def write_state(connection: sa.Connection, state: State) -> None:
    """Write rows as the code of their version would: the columns that it knew, no others."""
    for table in tables_of(reflect(connection)):
        for row in state.get(table.name, ()):
            connection.execute(table.insert().values(**row))
    count_on(connection)


def empty(connection: sa.Connection) -> None:
    for table in reversed(tables_of(reflect(connection))):
        connection.execute(table.delete())


def count_on(connection: sa.Connection) -> None:
    """Let PostgreSQL give the next ids after those that were written by hand."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables_of(reflect(connection)):
        if "id" in table.columns:
            highest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 1)).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(table.name, "id")
            connection.execute(sa.select(sa.func.setval(sequence, highest)))


def seed(connection: sa.Connection, revision: str, folder: Path = FOLDER) -> None:
    """Give rows to what this version brought: by hand where there is a file, else by itself."""
    path = folder / f"{revision}.json"
    metadata = reflect(connection)
    if path.exists():
        written: dict[str, Any] = json.loads(path.read_text("utf-8"))
        state = {
            name: [
                {
                    column: _typed(metadata.tables[name].c[column], value)
                    for column, value in zip(part["columns"], row, strict=True)
                }
                for row in part["rows"]
            ]
            for name, part in written.items()
        }
        write_state(connection, state)
    for table in tables_of(metadata):
        fill(connection, table)
    count_on(connection)


def fill(connection: sa.Connection, table: sa.Table) -> None:
    """Have one row at least, and a value in every column that the database lets have one.

    Raises:
        AssertionError: the database refuses every row that could be thought of.
    """
    if connection.scalar(sa.select(sa.func.count()).select_from(table)):
        for column in table.columns:
            if connection.scalar(sa.select(sa.func.count(column)).select_from(table)) == 0:
                _attempt(connection, _first_row(table).values({column: _value(connection, column)}))
        return
    for chosen in _choices(table):
        values = {column: _value(connection, column) for column in chosen}
        if _attempt(connection, table.insert().values(values)):
            return
    msg = f"{table.name} takes no invented row: write one in tests/migrations/<revision>.json"
    raise AssertionError(msg)


def _choices(table: sa.Table) -> Iterator[list[sa.Column[Any]]]:
    """All columns; the required ones; these with one other, for « exactly one of them »."""
    invented = [column for column in table.columns if column.name != "id"]
    required = [column for column in invented if not column.nullable]
    yield invented
    yield required
    for column in invented:
        if column.nullable:
            yield [*required, column]


def _first_row(table: sa.Table) -> sa.Update:
    key = next(iter(table.primary_key))
    first = sa.select(sa.func.min(key)).scalar_subquery()
    return table.update().where(key == first)


def _attempt(connection: sa.Connection, statement: sa.Insert | sa.Update) -> bool:
    savepoint = connection.begin_nested()
    try:
        connection.execute(statement)
    except IntegrityError:
        savepoint.rollback()
        return False
    savepoint.commit()
    return True


NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def _value(connection: sa.Connection, column: sa.Column[Any]) -> Any:
    """Invent a value: the key of a row that is there, else something of the column's type."""
    for key in column.foreign_keys:
        return connection.scalar(sa.select(sa.func.min(key.column)))
    if isinstance(column.type, sa.JSON):
        return ["invented"]
    kind = column.type.python_type
    if kind is str:
        return f"i{next(_numbers)}"[: getattr(column.type, "length", None) or 20]
    if kind is dt.datetime:
        return NOON if getattr(column.type, "timezone", False) else NOON.replace(tzinfo=None)
    invented = {int: 1, bool: True, dt.date: NOON.date(), dt.time: NOON.time()}
    return invented[kind]


def _typed(column: sa.Column[Any], value: Any) -> Any:
    """Read what a file says as the column's type wants it; instants are UTC."""
    if value is None or column.foreign_keys:
        return value
    if isinstance(column.type, sa.JSON):
        return json.loads(value)
    kind = column.type.python_type
    if kind is dt.datetime:
        at = dt.datetime.fromisoformat(value)
        return at.replace(tzinfo=dt.UTC if getattr(column.type, "timezone", False) else None)
    if kind in {dt.date, dt.time}:
        return kind.fromisoformat(value)
    return kind(value)
