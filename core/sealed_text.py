"""Columns whose text is sealed for its own row: a value copied to another row does not open.

The row's id must be known before the row is written, so it is drawn from the table's own sequence
when the session is flushed. Reading brings the id along with the text, in one expression. A write
that does not go through the session says its row with ``RowText``; one that forgets is refused.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Self, cast

from sqlalchemy import (
    Column,
    Dialect,
    Integer,
    String,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    event,
    func,
    inspect,
    select,
)
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session, object_mapper
from sqlalchemy.sql.expression import column, table, type_coerce

from core import encryption
from core.encryption import Cell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection, MetaData
    from sqlalchemy.orm import Mapper

BETWEEN = "|"
"""Stands between the row's id and its sealed text when both are read."""


USED = table("sqlite_sequence", column("name", String), column("seq", Integer))
"""The highest ids that SQLite ever gave: every table is made to remember (core.database)."""


_LAST = select(USED.c.seq).where(USED.c.name == bindparam("name"))
_DRAWN = select(
    func.nextval(func.pg_get_serial_sequence(bindparam("name", type_=String()), "id"))
).select_from(func.generate_series(1, bindparam("most", type_=Integer())))


class RowText(str):
    """A text that knows the row it is going to be sealed for."""

    __slots__ = ("row_id",)
    row_id: int

    def __new__(cls, text: str, row_id: int) -> Self:
        """Say which row this is for."""
        sealed = super().__new__(cls, text)
        sealed.row_id = row_id
        return sealed


class EncryptedText(TypeDecorator[str]):
    """Text sealed with the key ring before it reaches the database, for its own row alone."""

    impl = Text
    cache_ok = True

    def __init__(self, table_name: str = "", column_name: str = "") -> None:
        """Remember where it stands; the column says so by itself when its table is made."""
        super().__init__()
        self.table_name, self.column_name = table_name, column_name

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal.

        Raises:
            TypeError: nobody said for which row.
        """
        if value is None:
            return None
        if not isinstance(value, RowText):
            msg = f"{self.table_name}.{self.column_name}: sealed text needs its row (RowText)"
            raise TypeError(msg)
        return encryption.seal(str(value), self.cell(value.row_id))

    def column_expression(self, sealed: ColumnElement[str]) -> ColumnElement[str]:
        """Read the row's id along with the text."""
        row_id = cast("Column[str]", sealed).table.c["id"]
        both = as_type(row_id, String) + BETWEEN + type_coerce(sealed, Text)
        return type_coerce(both, self)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open; raises when the ciphertext was tampered with, moved, or its key is gone."""
        if value is None:
            return None
        row_id, _between, sealed = value.partition(BETWEEN)
        return encryption.unseal(sealed, self.cell(int(row_id)))

    def cell(self, row_id: int) -> Cell:
        """Say where the text of one row stands."""
        return Cell(self.table_name, self.column_name, row_id)


def sealed_columns(metadata: MetaData) -> list[Column[Any]]:
    """Return every column of this kind, by table and name."""
    return [
        column
        for each in metadata.sorted_tables
        for column in each.columns
        if isinstance(column.type, EncryptedText)
    ]


@event.listens_for(Column, "after_parent_attach")
def _tell_its_cell(column: Column[Any], parent: object) -> None:
    if isinstance(column.type, EncryptedText) and isinstance(parent, Table):
        column.type = EncryptedText(parent.name, column.name)


@event.listens_for(Session, "before_flush")
def _seal_for_rows(session: Session, _context: object, _instances: object) -> None:
    """Tell every sealed text that is about to be written which row it is for."""
    new = [(row, texts) for row in session.new if (texts := _texts_to_seal(row))]
    _draw_ids(session, [row for row, _texts in new])
    for row, texts in new:
        for key, text in texts.items():
            _tell_its_row(row, key, text)
    for row in session.dirty:
        for key in _sealed_keys(object_mapper(row)):
            if inspect(row).attrs[key].history.added:
                _tell_its_row(row, key, getattr(row, key))


def _texts_to_seal(new: Any) -> dict[str, str]:
    """Return what a new row says in sealed columns; without any, the row needs no id before."""
    texts = {
        key: default if (value := getattr(new, key)) is None else value
        for key, default in _sealed_keys(object_mapper(new)).items()
    }
    return {key: text for key, text in texts.items() if text is not None}


@functools.cache
def _sealed_keys(mapper: Mapper[Any]) -> dict[str, str | None]:
    """Return the attributes of a model that are sealed, with what they are when nobody says."""
    return {
        prop.key: getattr(prop.columns[0].default, "arg", None)
        for prop in mapper.column_attrs
        if isinstance(prop.columns[0].type, EncryptedText)
    }


def _tell_its_row(row: Any, key: str, value: str | None) -> None:
    if value is not None:
        setattr(row, key, RowText(str(value), row.id))


def _draw_ids(session: Session, rows: Iterable[Any]) -> None:
    """Give ids to new rows: from the sequence, or after the last one ever where only one writes."""
    by_table: dict[Table, list[Any]] = {}
    for row in rows:
        if row.id is None:
            by_table.setdefault(cast("Table", object_mapper(row).local_table), []).append(row)
    for mine, waiting in by_table.items():
        for row, row_id in zip(
            waiting, next_ids(session.connection(), mine, len(waiting)), strict=True
        ):
            row.id = row_id


def next_ids(connection: Connection, mine: Table, count: int) -> Iterable[int]:
    """Draw ids for rows about to be written without the session."""
    if connection.dialect.name == "postgresql":
        asked = {"name": mine.name, "most": count}
        return list(connection.scalars(_DRAWN, asked))
    # A writer owns SQLite's file before it reads (core.database): nobody else draws meanwhile.
    last: int = connection.scalar(_LAST, {"name": mine.name}) or 0
    return range(last + 1, last + count + 1)
