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


BEFORE = "8d40b2c6f1a3"
"""The version whose rows are carried over below."""
WAS_THERE = """
INSERT INTO users (id, email, password_hash, display_name, locale, time_zone, is_enabled,
  created_at, email_proved_at, password_changed_at)
  VALUES (1, 'a@example.org', 'x', 'Zoé Bélanger', 'fr', 'Europe/Paris', {true}, {at}, {at}, {at});
INSERT INTO patients (id, given_name, family_name, birth_date, created_at)
  VALUES (1, 'Zoé', 'Bélanger-Œuvrard', '1951-03-09', {at});
INSERT INTO stored_files (id, key, filename, content_type, size, sha256, owner_id, created_at)
  VALUES (1, 'k', 'rib.pdf', 'application/pdf', 3, 's', 1, {at});
INSERT INTO caregivers (id, user_id, profession, created_at)
  VALUES (1, 1, 'Infirmière', {at});
INSERT INTO administrative_documents (id, caregiver_id, type, label, file_id, added_at)
  VALUES (1, 1, 'bank_details', '', 1, {at});
INSERT INTO bubbles (id, name, description, contact_email, contact_phone, place_name, street,
  postcode, town, time_zone, created_at)
  VALUES (1, 'Les Tilleuls', '', '', '', '', '', '', '', 'Europe/Paris', {at});
INSERT INTO consultation_types (id, bubble_id, name, duration_minutes, mode, is_bookable,
  minimum_notice_minutes, horizon_days)
  VALUES (1, 1, 'Suivi', 30, 'on_site', {true}, 60, 90)
"""


def test_what_was_there_before_an_upgrade_is_there_after_it(fresh):
    upgrade(directory="migrations", revision=BEFORE)
    true = "1" if db.engine.dialect.name == "sqlite" else "true"
    rows = WAS_THERE.format(at="'2026-11-01 08:00:00.000000+00:00'", true=true)
    with db.engine.begin() as connection:
        for statement in rows.split(";"):
            connection.execute(text(statement))
    db.engine.dispose()
    upgrade(directory="migrations")
    with db.engine.connect() as connection:

        def one(query: str) -> tuple[object, ...]:
            return tuple(connection.execute(text(query)).one())

        [words] = one("SELECT search_text FROM patients")
        assert {"zoe", "belanger", "oeuvrard"} <= set(str(words).split())
        assert one("SELECT document_id, file_id FROM document_versions") == (1, 1)
        found = one("SELECT reminder_minutes, buffer_before_minutes FROM consultation_types")
        assert found == ("10080,2880,1440,120", 0)
        assert one("SELECT display_name FROM users") == ("Zoé Bélanger",)
