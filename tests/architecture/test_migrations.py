"""The database is what the models say, goes both ways, and refuses overlaps by itself."""

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from app import create_app
from core.database import Base, db
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
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


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
