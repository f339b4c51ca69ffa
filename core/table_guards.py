"""What the database has beside the models' tables: guards, and tables left to a later contract.

Both are declared beside the model that they concern.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import DDL, Engine, Table, event, inspect

if TYPE_CHECKING:
    from core.database import Model


@dataclass(frozen=True)
class TableGuard:
    """One object of one kind of database, made right after its table."""

    name: str
    table: str
    dialect: Literal["sqlite", "postgresql"]
    make: str
    drop: str


GUARDS: list[TableGuard] = []
LEFT: set[str] = set()


def declare_guard(model: type[Model], guard: TableGuard) -> None:
    """Make the guard with the model's table; migrations repeat it, a test compares."""
    GUARDS.append(guard)
    build: Any = DDL  # which publishes no types
    statement = build(guard.make.replace("%", "%%")).execute_if(dialect=guard.dialect)
    event.listen(cast("Table", model.__table__), "after_create", statement)


def declare_trigger(model: type[Model], name: str, make: str) -> None:
    """Guard a table on SQLite, which has no exclusion constraints."""
    guard = TableGuard(name, model.__tablename__, "sqlite", make, f"DROP TRIGGER {name}")
    declare_guard(model, guard)


def declare_exclusion(model: type[Model], name: str, rule: str) -> None:
    """Guard a table on PostgreSQL by an exclusion constraint."""
    table = model.__tablename__
    make = f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE {rule}"
    drop = f"ALTER TABLE {table} DROP CONSTRAINT {name}"
    declare_guard(model, TableGuard(name, table, "postgresql", make, drop))


def leave_to_contract(*tables: str) -> None:
    """Name tables that only the version before reads and writes; a later contract drops them."""
    LEFT.update(tables)


def list_guards(dialect: str) -> list[TableGuard]:
    """Return what that kind of database must have."""
    return [guard for guard in GUARDS if guard.dialect == dialect]


def is_compared(engine: Engine) -> Callable[..., bool]:
    """Say what Alembic may compare with the models (its ``include_object``).

    Of a foreign key that came with a column added later, SQLite keeps name and action, but
    SQLAlchemy does not read them: such a key would be taken for another one.
    """

    def compares(
        item: Any,
        name: str | None,
        kind: str,
        is_reflected: object,
        _counterpart: object,
    ) -> bool:
        if kind == "table" and name in LEFT:
            return False
        if kind != "foreign_key_constraint" or engine.dialect.name != "sqlite":
            return True
        if is_reflected:
            return name is not None
        known = inspect(engine).get_foreign_keys(item.table.name)
        nameless = [key["constrained_columns"] for key in known if key["name"] is None]
        return [column.name for column in item.columns] not in nameless

    return compares
