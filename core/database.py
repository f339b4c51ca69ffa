"""The database handle, the base class of every model, and our column types."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    event,
    inspect,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    make_transient_to_detached,
    mapped_column,
    registry,
)
from sqlalchemy.orm.util import identity_key

from core import database_patience
from core.sealed_text import EncryptedText
from core.transaction_state import is_writing

if TYPE_CHECKING:
    from flask import Flask

    from core.config import DatabaseConfig


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive values; SQLite, which compares text, gets one fixed-width form."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Send UTC, and only instants that say their zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a naive datetime is not an instant"
            raise ValueError(msg)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back, whatever zone the connection speaks."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


__all__ = ["EncryptedText"]  # models name their column types here


def _values(words: type[StrEnum]) -> list[str]:
    """Store the value that the rest of the world sees, not the Python name."""
    return [word.value for word in words]


class Base(DeclarativeBase):
    """Every constraint gets a predictable name, so that a migration can drop it."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UtcDateTime(),
            StrEnum: Enum(StrEnum, native_enum=False, length=24, values_callable=_values),
        },
    )


db = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False}
)

if TYPE_CHECKING:

    class Model(Base):
        """What the type checker sees; at run time it is ``db.Model``."""

        __abstract__ = True
else:
    Model = db.Model


class HasId(Protocol):
    """A row, or whatever else names one of a known table."""

    @property
    def id(self) -> int:
        """Return the row's number."""
        ...


M = TypeVar("M", bound="Identified")


class Identified:
    """An integer primary key, which a URL may carry: it opens nothing by itself."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)


def reference(model: type[M], number: int) -> M:
    """Return a row that is there, unread: whoever asks what it says reads it then."""
    session = db.session()
    row: M | None = session.identity_map.get(identity_key(model, number))
    if row is None:
        row = model()
        row.id = number
        make_transient_to_detached(row)
        session.add(row)
    return row


def id_of(thing: Any) -> int | None:
    """Return the id of a row without reading the row; of what is no row, what it says."""
    state: Any = inspect(thing, raiseerr=False)
    if state is None or state.identity is None:
        number: int | None = getattr(thing, "id", None)
        return number
    return int(state.identity[0])


@event.listens_for(Table, "after_parent_attach")
def _never_give_an_id_twice(table: Table, _metadata: MetaData) -> None:
    """Whatever a deleted row's id still opens somewhere, no later row may inherit it.

    PostgreSQL's sequences only go forward; SQLite needs AUTOINCREMENT, else it takes the highest
    id again once that row is gone. Every table gets it here, migrated ones too: none can forget.
    """
    key = list(table.primary_key)
    if len(key) == 1 and isinstance(key[0].type, Integer) and not key[0].foreign_keys:
        table.kwargs["sqlite_autoincrement"] = True


def engine_options(config: DatabaseConfig, *, patient_with_locks: bool) -> dict[str, Any]:
    """Say how connections are made.

    ``patient_with_locks`` is for commands: SQLite itself then waits 10 s for another process's
    write. The server waits in ``core.transaction`` instead, where waiting lets others run.
    """
    if config.url.startswith("sqlite"):
        busy = 10_000 if patient_with_locks else 0
        return {
            "pool_size": 20,
            "max_overflow": 20,
            "hide_parameters": True,  # a fault is logged with its statement, never with its values
            "connect_args": {"timeout": busy / 1000},
        }
    return {
        "hide_parameters": True,
        "pool_size": config.pool_size,
        "max_overflow": config.pool_size,
        "poolclass": database_patience.PatientPool,
        "pool_timeout": 4,
        "connect_args": {
            "connect_timeout": database_patience.CONNECT,
            # A line that broke without a word is noticed by the system, too.
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": 5000,
            "options": (
                "-c timezone=UTC -c statement_timeout=5000 -c lock_timeout=2000"
                " -c idle_in_transaction_session_timeout=10000"
            ),
        },
    }


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Let SQLAlchemy, not the driver, begin transactions; and lose nothing at power loss."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Any) -> None:
    """SQLite ignores FOR UPDATE: a writer owns the file before it reads, a reader never waits."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing() else "BEGIN")


def init_app(app: Flask) -> None:
    """Bind the database."""
    db.init_app(app)


def render_plain_types(kind: str, thing: Any, _context: Any) -> str | bool:
    """Write our column types into migrations as what is stored: they import nothing of ours."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, EncryptedText):
        return "sa.Text()"
    if kind == "type" and isinstance(thing, Enum):
        return f"sa.String(length={thing.length})"
    return False
