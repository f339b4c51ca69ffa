"""Every upgrade after the first version, one after the other, on a database with rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import current_app

from core.database import db
from tests.migrations.states import Row, State, empty, read_state, seed, write_state

BASELINE = "5c0e7d94a1b2"


def config_with(more: Path | None = None) -> Config:
    """Return Alembic's configuration, perhaps with a folder of further migrations."""
    config: Config = current_app.extensions["migrate"].migrate.get_config("migrations")
    if more is not None:
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", f"migrations/versions\n{more}")
    return config


def files_of(config: Config) -> list[Path]:
    """Return the migrations after the baseline, the oldest first."""
    steps = ScriptDirectory.from_config(config).walk_revisions()
    return [Path(step.path) for step in reversed(list(steps)) if step.revision != BASELINE]


def rows_as_of(revision: str) -> None:
    """Make a database of that version, with the rows of the demonstration in it."""
    command.upgrade(config_with(), BASELINE)
    with db.engine.begin() as connection:
        seed(connection, "baseline")
    db.engine.dispose()
    command.upgrade(config_with(), revision)


def walk(config: Config, *, after: str = "base") -> Iterator[str]:
    """Upgrade step by step to the head, and yield what got lost or stopped working.

    Args:
        config: names the migrations.
        after: where the database stands now, with its rows.
    """
    steps = list(ScriptDirectory.from_config(config).iterate_revisions("head", after))
    for step in reversed(steps):
        before = {} if step.revision == BASELINE else _state()
        db.engine.dispose()
        command.upgrade(config, step.revision)
        name = Path(step.path).stem
        yield from (
            f"{name}: {what}" for what in _lost(before, _state(), is_whole="_expand_" in name)
        )
        if before and "_expand_" in name:
            with db.engine.begin() as connection:
                empty(connection)
                write_state(connection, before)
            yield from (
                f"{name}: written anew: {what}" for what in _lost(before, _state(), is_whole=True)
            )
        with db.engine.begin() as connection:
            seed(connection, "baseline" if step.revision == BASELINE else step.revision)


def _state() -> State:
    with db.engine.connect() as connection:
        return read_state(connection)


def _lost(before: State, after: State, *, is_whole: bool) -> Iterator[str]:
    """Compare what both versions know; what contracts may give up tables, columns and values."""
    for table, rows in before.items():
        if table not in after:
            if is_whole:
                yield f"{table} is gone"
            continue
        kept = {key_of(row, rows[0]): row for row in after[table]} if rows else {}
        lost = [row for row in rows if key_of(row, rows[0]) not in kept]
        if lost:
            yield f"{table} has lost {len(lost)} rows of {len(rows)}"
        for row in rows if is_whole and not lost else ():
            now = kept[key_of(row, rows[0])]
            for column, value in row.items():
                if column not in now or now[column] != value:
                    yield f"{table}.{column} was {value!r}, and is {now.get(column)!r}"


def key_of(row: Row, pattern: Row) -> tuple[object, ...]:
    """Return what tells a row from others: its id, or all that its table had before."""
    return (row["id"],) if "id" in pattern else tuple(row.get(name) for name in pattern)
