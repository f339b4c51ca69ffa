"""Statements that programs ask all day: compiled once, run on the driver's own connection.

What surrounds a statement of a session (its transaction, its compiled form, its result) costs ten
times what SQLite does for it. For the few reads that nothing else makes cheap; pages read by
``core.statements``. Each statement sees what is committed when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from psycopg.pq import TransactionStatus

from core.database import db

if TYPE_CHECKING:
    from sqlalchemy import Dialect, Select
    from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as one kind of database reads it."""

    text: str
    fixed: dict[str, Any]
    """The values that the statement itself names, as the driver wants them."""
    binders: dict[str, Convert | None]
    """The values to be given."""
    order: Sequence[str] | None
    """In which order the driver wants them; None: by name."""
    readers: tuple[tuple[int, Convert], ...]
    """Which columns become something else than what the driver gives."""

    def bound(self, values: dict[str, Any]) -> Any:
        """Return the values as the driver wants them."""
        known = dict(self.fixed)
        for name, convert in self.binders.items():
            known[name] = values[name] if convert is None else convert(values[name])
        return known if self.order is None else tuple(known[name] for name in self.order)

    def read(self, row: Any) -> Any:
        """Return the row with what our column types make of the driver's values."""
        if not self.readers:
            return row
        values = list(row)
        for place, convert in self.readers:
            values[place] = convert(values[place])
        return tuple(values)


class Prepared:
    """One SELECT whose values are given by name when it runs."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        """Remember ``statement``; it is compiled when it first runs on a kind of database."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def compiled_for(self, dialect: Dialect) -> _Compiled:
        """Return the statement as one kind of database reads it."""
        known = self._compiled.get(dialect.name)
        if known is None:
            known = self._compiled[dialect.name] = self._compile(dialect)
        return known

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: SQLCompiler = self._statement.compile(dialect=dialect)
        fixed: dict[str, Any] = {}
        binders: dict[str, Convert | None] = {}
        for name, parameter in compiled.binds.items():
            convert = parameter.type.dialect_impl(dialect).bind_processor(dialect)
            if parameter.required:
                binders[name] = convert
            else:
                fixed[name] = convert(parameter.value) if convert else parameter.value
        converts = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._statement.selected_columns
        ]
        readers = tuple((place, convert) for place, convert in enumerate(converts) if convert)
        order = compiled.positiontup if compiled.positional else None
        return _Compiled(str(compiled), fixed, binders, order, readers)


class DriverConnection:
    """``with DriverConnection() as connection``: one of the pool, for reading only.

    No transaction is begun: to begin and to end one are two more journeys to PostgreSQL.
    """

    def __enter__(self) -> Self:
        """Take one."""
        self._engine = db.engine
        self._connection = self._engine.raw_connection()
        driven: Any = self._connection.driver_connection
        self._driven = driven
        self._begins_by_itself = self._engine.dialect.driver == "psycopg"
        if self._begins_by_itself:
            self._driven.autocommit = True
        return self

    def __exit__(self, *_error: object) -> None:
        """Give it back as it was; one that was broken off, whose answer may still come, ends."""
        if self._begins_by_itself:
            if self._driven.pgconn.transaction_status != TransactionStatus.IDLE:
                self._connection.invalidate()
                return
            self._driven.autocommit = False
        self._connection.close()

    def rows(self, statement: Prepared, **values: Any) -> list[Any]:
        """Return every row, as tuples."""
        compiled, cursor = self._run(statement, values)
        rows = cursor.fetchall()
        return [compiled.read(row) for row in rows] if compiled.readers else list(rows)

    def first(self, statement: Prepared, **values: Any) -> Any:
        """Return the first row, or None."""
        compiled, cursor = self._run(statement, values)
        row = cursor.fetchone()
        return None if row is None else compiled.read(row)

    def _run(self, statement: Prepared, values: dict[str, Any]) -> tuple[_Compiled, Any]:
        engine = self._engine
        compiled = statement.compiled_for(engine.dialect)
        bound = compiled.bound(values)
        cursor = self._connection.cursor()
        for tell in engine.dispatch.before_cursor_execute:  # who counts statements counts these too
            tell(None, cursor, compiled.text, bound, None, False)
        cursor.execute(compiled.text, bound)
        return compiled, cursor
