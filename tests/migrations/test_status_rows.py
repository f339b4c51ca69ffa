"""Appointments of the version before are booked, fulfilled or not shown up for after an upgrade."""

import itertools
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.database import db
from scheduling.appointments.models import Appointment, AppointmentChange
from scheduling.appointments.vocabulary import AppointmentStatus, Attendance, ChangeKind
from scheduling.calendars.models import EventText
from tests.migrations.states import Row, read_state, reflect, write_state
from tests.migrations.walk import config_with, rows_as_of

pytestmark = pytest.mark.both_databases
BEFORE, AFTER = "c84e1a7f3b52", "d3f7a95c1e64"
KEPT, MISSED, HELD = 1, 16, 31
"""Of ``baseline.json``: a visit that took place, one that is missed here, and an hour only held."""
REFUSED = "ex_appointments_overlap"
_numbers = itertools.count(1)


@pytest.fixture
def before(fresh):
    """A database as the version before wrote it: a visit kept, one missed, one to come."""
    rows_as_of(BEFORE)
    with db.engine.begin() as connection:
        tables = reflect(connection).tables
        appointments = tables["appointments"]
        missed = row_of(connection, MISSED)
        attended = {"attendance": "missed", "attendance_noted_at": missed["ends_at"]}
        update = appointments.update().where(appointments.c.id == MISSED)
        connection.execute(update.values(attended))
        step = {"appointment_id": MISSED, "kind": "missed", "at": missed["ends_at"], "by_id": 2}
        text = {
            "appointment_id": MISSED,
            "edition": "e",
            **{name: missed[name] for name in ("sequence", "starts_at", "ends_at", "updated_at")},
            "status": missed["status"],
            "opening": "STATUS:CONFIRMED",
            "ending": "",
        }
        write_state(connection, {"appointment_changes": [step], "event_texts": [text]})
    return fresh


def row_of(connection: sa.Connection, number: int) -> Row:
    table = reflect(connection).tables["appointments"]
    return dict(connection.execute(sa.select(table).where(table.c.id == number)).one()._mapping)


def upgrade(revision: str) -> None:
    db.engine.dispose()
    command.upgrade(config_with(), revision)
    db.engine.dispose()


def write_twin(**values: object) -> None:
    """Write a second appointment of the same caregiver at the same hour, past every operation."""
    with db.engine.begin() as connection:
        table = reflect(connection).tables["appointments"]
        twin = row_of(connection, MISSED) | {"uid": f"twin-{next(_numbers)}"} | values
        connection.execute(table.insert().values({k: v for k, v in twin.items() if k != "id"}))


def assert_overlaps_are_refused(promised: str) -> None:
    """Ask the database alone, for both states that take time, and that a cancelled one may be."""
    with db.engine.connect() as connection:
        hour = row_of(connection, MISSED)
    later = {"starts_at": hour["ends_at"], "ends_at": hour["ends_at"] + timedelta(minutes=30)}
    for status in (promised, "held"):
        with pytest.raises(IntegrityError, match=REFUSED):
            write_twin(status=status, held_until=hour["ends_at"])
    write_twin(status="cancelled")
    write_twin(status=promised, **later)
    with pytest.raises(IntegrityError, match=REFUSED), db.engine.begin() as connection:
        table = reflect(connection).tables["appointments"]
        lying_over = table.c.starts_at == later["starts_at"]
        connection.execute(table.update().where(lying_over).values(starts_at=hour["starts_at"]))
    with pytest.raises(IntegrityError, match=REFUSED), db.engine.begin() as connection:
        table = reflect(connection).tables["appointments"]
        stood = (table.c.starts_at == hour["starts_at"]) & (table.c.status == "cancelled")
        connection.execute(table.update().where(stood).values(status=promised))


def test_what_was_confirmed_honoured_and_missed_is_booked_fulfilled_and_noshow(before):
    upgrade("head")
    query = sa.select(Appointment.id, Appointment.status, Appointment.attendance)
    assert {tuple(row) for row in db.session.execute(query) if row.id in {KEPT, MISSED, HELD}} == {
        (KEPT, AppointmentStatus.BOOKED, Attendance.FULFILLED),
        (MISSED, AppointmentStatus.BOOKED, Attendance.NOSHOW),
        (HELD, AppointmentStatus.HELD, None),
    }
    assert kinds_of(KEPT) == [ChangeKind.BOOKED, ChangeKind.FULFILLED]
    assert kinds_of(MISSED) == [ChangeKind.NOSHOW]


def test_kept_lines_of_calendars_still_count_as_they_are(before):
    """They are joined by status: those that are not found are written again at each reading."""
    upgrade("head")
    joined = sa.and_(
        EventText.appointment_id == Appointment.id, EventText.status == Appointment.status
    )
    text = db.session.scalars(sa.select(EventText).join(Appointment, joined)).one()
    assert (text.status, text.opening) == (AppointmentStatus.BOOKED, "STATUS:CONFIRMED")


def kinds_of(number: int) -> list[ChangeKind]:
    changes = sa.select(AppointmentChange.kind).where(AppointmentChange.appointment_id == number)
    return list(db.session.scalars(changes.order_by(AppointmentChange.id)))


def test_no_column_keeps_one_of_the_former_words(before):
    """Of every table with rows; what is encrypted holds no state of an appointment."""
    assert columns_with_former_words() == {
        "appointments.status",
        "appointments.attendance",
        "appointment_changes.kind",
        "event_texts.status",
    }
    upgrade(AFTER)
    assert columns_with_former_words() == set()


def columns_with_former_words() -> set[str]:
    with db.engine.connect() as connection:
        return {
            f"{table}.{column}"
            for table, rows in read_state(connection).items()
            for row in rows
            for column, value in row.items()
            if isinstance(value, str) and value in {"confirmed", "honoured", "missed"}
        }


def test_the_database_refuses_overlaps_before_and_after(before):
    assert_overlaps_are_refused("confirmed")
    upgrade("head")
    with db.engine.begin() as connection:
        table = reflect(connection).tables["appointments"]
        connection.execute(table.delete().where(table.c.uid.like("twin-%")))
    assert_overlaps_are_refused("booked")


def test_the_way_back_gives_every_row_its_former_word(before):
    with db.engine.connect() as connection:
        state = read_state(connection)
    upgrade(AFTER)
    command.downgrade(config_with(), BEFORE)
    db.engine.dispose()
    with db.engine.connect() as connection:
        assert read_state(connection) == state
    assert_overlaps_are_refused("confirmed")


STUCK = {
    "sqlite": "CREATE TRIGGER stuck BEFORE UPDATE ON event_texts"
    " BEGIN SELECT RAISE(ABORT, 'stuck'); END",
    "postgresql": "CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN RAISE EXCEPTION ''stuck''; END';"
    " CREATE TRIGGER stuck BEFORE UPDATE ON event_texts FOR EACH ROW EXECUTE FUNCTION stuck()",
}


def test_an_upgrade_that_fails_half_way_leaves_rows_and_guard_as_they_were(before):
    with db.engine.begin() as connection:
        connection.execute(sa.text(STUCK[connection.dialect.name]))
        state = read_state(connection)
    with pytest.raises(DBAPIError, match="stuck"):
        upgrade(AFTER)
    db.engine.dispose()
    with db.engine.connect() as connection:
        assert read_state(connection) == state
    assert_overlaps_are_refused("confirmed")
