"""The database is what the models say, goes both ways, and refuses overlaps by itself."""

import re
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from app import create_app
from core.database import Base, db
from core.database_age import BEFORE_THE_BASELINE
from core.table_guards import LEFT, is_compared, list_guards
from core.transaction import transaction
from tests import factories as make
from tests.conftest import make_config

pytestmark = pytest.mark.both_databases


@pytest.fixture
def fresh(database, tmp_path, request):
    """An application of its own on an empty database."""
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    app = create_app(make_config(tmp_path, url), TESTING=True)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_up_down_up_leaves_nothing_behind(fresh):
    upgrade(directory="migrations")
    first = set(inspect(db.engine).get_table_names())
    db.engine.dispose()
    downgrade(directory="migrations", revision="base")
    assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
    db.engine.dispose()
    upgrade(directory="migrations")
    assert set(inspect(db.engine).get_table_names()) == first


def test_the_migrated_database_is_what_the_models_say(fresh):
    upgrade(directory="migrations")
    with db.engine.connect() as connection:
        opts = {"compare_type": True, "include_object": is_compared(db.engine)}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []


def test_migrated_and_made_from_the_models_are_one_database_to_the_last_trigger(fresh):
    """Alembic compares neither checks nor triggers nor AUTOINCREMENT: the catalogue knows all."""
    upgrade(directory="migrations")
    with db.engine.begin() as connection:
        for table in LEFT:  # each is there until its contract, which takes it off this list
            connection.execute(text(f"DROP TABLE {table}"))
    migrated = read_catalogue()
    db.engine.dispose()
    downgrade(directory="migrations", revision="base")
    Base.metadata.create_all(db.engine)
    made = read_catalogue()
    assert migrated == made
    guards = {guard.name for guard in list_guards(db.engine.dialect.name)}
    assert guards
    assert guards <= {name for kind, name, _lines in migrated if kind in {"trigger", "x"}}


def test_the_comparison_would_see_a_forgotten_guard(fresh):
    upgrade(directory="migrations")
    whole = read_catalogue()
    [first, *_others] = list_guards(db.engine.dialect.name)
    with db.engine.begin() as connection:
        connection.execute(text(first.drop))
    assert {name for _kind, name, _lines in whole - read_catalogue()} >= {first.name}


def test_an_id_is_never_given_twice(fresh):
    """Ask the models, the migrated tables, and a row that is deleted and followed by another."""
    single = [table for table in Base.metadata.sorted_tables if "id" in table.columns]
    assert len(single) > 70
    forgotten = [table.name for table in single if not table.kwargs.get("sqlite_autoincrement")]
    assert forgotten == []
    upgrade(directory="migrations")
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            made = dict(
                tuple(row)
                for row in connection.execute(
                    text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
                )
            )
            assert [t.name for t in single if "AUTOINCREMENT" not in made[t.name]] == []
        seen = []
        for _time in range(3):
            connection.execute(
                text(
                    "INSERT INTO rate_limit_hits (limit_name, key, at, weight)"
                    " VALUES ('a', 'b', '2026-11-01', 1)"
                )
            )
            seen.append(connection.scalar(text("SELECT max(id) FROM rate_limit_hits")))
            connection.execute(text("DELETE FROM rate_limit_hits"))
        assert seen == sorted(set(seen))


def test_a_table_that_somebody_adds_tomorrow_gets_it_too(tmp_path):
    """Plain SQLAlchemy, no model of ours: the mechanism needs nobody to think of it."""
    metadata = MetaData()
    Table("tomorrow", metadata, Column("id", Integer, primary_key=True), Column("word", Text))
    Table("pairs", metadata, *(Column(name, Integer, primary_key=True) for name in ("a", "b")))
    engine = create_engine(f"sqlite:///{tmp_path / 'tomorrow.db'}")
    metadata.create_all(engine)
    with engine.connect() as connection:
        query = "SELECT sql FROM sqlite_master WHERE name = 'tomorrow'"
        assert "AUTOINCREMENT" in str(connection.scalar(text(query)))
    engine.dispose()


def read_catalogue() -> set[tuple[str, str, str]]:
    """Everything that the database knows of its own form, one entry per thing."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            query = (
                "SELECT type, name, sql FROM sqlite_master"
                " WHERE sql IS NOT NULL AND name NOT IN ('alembic_version', 'sqlite_sequence')"
            )
        else:
            query = POSTGRESQL_CATALOGUE
        return {(row[0], row[1], _in_any_order(row[2])) for row in connection.execute(text(query))}


def _in_any_order(sql: str) -> str:
    """Two tables with the same columns and constraints are one table, whatever their order.

    SQLite writes a column that a migration added behind everything else, on the same line.
    """
    if not sql.startswith("CREATE TABLE"):
        return sql
    opening, _, rest = sql.partition("(")
    parts, depth = [""], 0
    for sign in rest.rstrip().removesuffix(")"):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    said = [" ".join(part.split()) for part in parts]
    return "\n".join([opening.strip(), *sorted(one for part in said for one in _apart(part))])


def _apart(part: str) -> list[str]:
    """A foreign key that came with its column is the one that a table has beside its columns."""
    found = ADDED_KEY.fullmatch(part)
    if found is None:
        return [part]
    column, kind, name, key = found.groups()
    return [f"{column} {kind}", f"CONSTRAINT {name} FOREIGN KEY({column}) {key}"]


ADDED_KEY = re.compile(r"(\w+) (\w+) CONSTRAINT (\w+) (REFERENCES .+)")


POSTGRESQL_CATALOGUE = """
SELECT contype::text, conname::text, conrelid::regclass || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgname::text, pg_get_triggerdef(oid)
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'sequence', sequencename::text, increment_by::text || cycle::text
  FROM pg_sequences WHERE schemaname = 'public'
UNION ALL SELECT 'column', table_name || '.' || column_name,
    concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default, collation_name)
  FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
"""Of the models' schema; ``alembic_version`` has no row in ``pg_constraint`` but its key."""


def test_after_every_migration_the_database_refuses_an_overlap(app, cast):
    """Straight into the table, past every operation: the guard itself must answer."""
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, noon)
    with pytest.raises(IntegrityError, match="ex_appointments_overlap"), transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, noon.replace(minute=29))
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, noon.replace(minute=30))


def test_an_update_cannot_make_an_overlap_either(app, cast):
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, noon)
        other = make.appointment(cast.agenda, cast.enrolment, cast.type, noon.replace(hour=14))
    with pytest.raises(IntegrityError, match="ex_appointments_overlap"), transaction():
        db.session.execute(
            text("UPDATE appointments SET starts_at = :at WHERE id = :id"),
            {
                "at": "2026-11-24 12:10:00.000000+00:00"[
                    : 26 if db.engine.name == "sqlite" else 40
                ],
                "id": other.id,
            },
        )


# ── From one version to the next ──────────────────────────────────────────────────────────────

BASELINE = "5c0e7d94a1b2"
"""Where every upgrade starts: what came before was never released."""


def test_every_upgrade_starts_at_the_one_baseline():
    steps = list(ScriptDirectory("migrations").walk_revisions())
    assert [step.revision for step in steps if step.down_revision is None] == [BASELINE]
    assert not BEFORE_THE_BASELINE & {step.revision for step in steps}
