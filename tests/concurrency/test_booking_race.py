"""Fifty people want one hour at the same instant: one gets it, on both databases.

The control test takes the lock and the guard away and shows that this machinery can see the race.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from core.database import db
from core.errors import DomainError
from core.table_guards import list_guards
from core.transaction import transaction
from patient.models import Enrolment
from scheduling.agendas.models import ConsultationType
from scheduling.agendas.queries import locks
from scheduling.appointments import rules
from scheduling.appointments.models import OVERLAP_GUARD, Appointment
from scheduling.appointments.queries import taken as taken_hours
from scheduling.appointments.queries.locks import overlap_guard_exists
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.booking.operations import holding
from security.models import User
from tests import factories as make
from tests.concurrency.conftest import BOOKERS
from tests.concurrency.history import Attempt, Kept, faults
from tests.scheduling.conftest import paris

TEN = paris("2026-11-24 10:00")


def race(app, crowd, wanted):
    """Let everybody try at once; ``wanted`` gives each one's caregiver, type and hour."""
    told: list[Attempt] = []
    start = threading.Barrier(len(crowd))
    plans = [wanted(index) for index in range(len(crowd))]
    db.session.rollback()

    def book(index: int) -> None:
        account_id, place_id = crowd[index]
        caregiver_id, type_id, starts_at = plans[index]
        with app.app_context():
            actor, caregiver = db.session.get(User, account_id), db.session.get(User, caregiver_id)
            place = db.session.get(Enrolment, place_id)
            kind = db.session.get(ConsultationType, type_id)
            ends_at = starts_at + timedelta(minutes=kind.duration_minutes)
            db.session.commit()  # everybody has read what they need, nobody holds a connection
            start.wait(60)
            try:
                holding.hold_slot(
                    actor, place, consultation_type=kind, caregiver=caregiver, starts_at=starts_at
                )
                outcome = "yes"
            except DomainError as error:
                outcome = error.code
            told.append(Attempt(account_id, caregiver_id, starts_at, ends_at, outcome))
            db.session.remove()

    threads = [threading.Thread(target=book, args=(index,)) for index in range(len(crowd))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def kept() -> list[Kept]:
    db.session.rollback()
    rows = db.session.scalars(
        select(Appointment).where(Appointment.status != AppointmentStatus.CANCELLED)
    )
    found = [
        Kept(row.booked_by_id or 0, row.caregiver_id, row.starts_at, row.ends_at) for row in rows
    ]
    db.session.rollback()
    return found


@pytest.mark.both_databases
@pytest.mark.covers("U1")
def test_of_fifty_who_want_one_hour_exactly_one_gets_it(app, cast, crowd, database):
    told = race(app, crowd, lambda _index: (cast.bob.id, cast.type.id, TEN))
    outcomes = sorted(one.told for one in told)
    assert outcomes == ["slot_taken"] * (BOOKERS - 1) + ["yes"]
    assert faults(told, kept()) == []


@pytest.mark.both_databases
def test_hours_that_overlap_in_part_are_one_hour_at_most(app, cast, crowd, database):
    with transaction():
        long = make.consultation_type(cast.bubble, "Bilan", caregivers=[cast.bob], minutes=60)
    bob_id, short_id, long_id = cast.bob.id, cast.type.id, long.id

    def wanted(index: int):
        kind = long_id if index % 2 else short_id
        return bob_id, kind, TEN + timedelta(minutes=30 * (index % 3))

    told = race(app, crowd, wanted)
    assert faults(told, kept()) == []
    assert 1 <= sum(one.told == "yes" for one in told) <= 4


# ── The control: without the lock and without the guard, the race is there to be seen ─────────


@pytest.fixture
def unguarded(app, monkeypatch):
    """The same code with the lock taken away, the database's guard dropped, and a slow check."""
    all_guards = list_guards(db.engine.dialect.name)
    guards = [guard for guard in all_guards if guard.name.startswith(OVERLAP_GUARD)]
    with db.engine.begin() as connection:
        for guard in guards:
            connection.execute(text(guard.drop))
    assert not overlap_guard_exists()
    monkeypatch.setattr(locks, "lock_agendas", lambda _ids: False)
    real = rules.list_violations

    def slow(*args, **kwargs):
        found = real(*args, **kwargs)
        time.sleep(0.2)  # everybody has looked before anybody writes
        return found

    monkeypatch.setattr(rules, "list_violations", slow)
    yield
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM appointments"))
        for guard in guards:
            connection.execute(text(guard.make))
    assert overlap_guard_exists()


@pytest.mark.both_databases
def test_without_lock_and_guard_several_win_so_these_tests_can_see_the_race(
    app, cast, crowd, unguarded, database
):
    """On PostgreSQL; on SQLite the check is inside BEGIN IMMEDIATE, which nobody can forget."""
    told = race(app, crowd[:8], lambda _index: (cast.bob.id, cast.type.id, TEN))
    winners = sum(one.told == "yes" for one in told)
    if database == "sqlite":
        assert winners == 1
        assert faults(told, kept()) == []
    else:
        assert winners > 1
        assert any(fault.startswith("overlap") for fault in faults(told, kept()))


@pytest.mark.both_databases
def test_a_check_that_was_made_before_the_transaction_is_worth_nothing(
    app, cast, crowd, unguarded, monkeypatch, database
):
    """The usual mistake, on any database: everybody has looked before anybody writes."""
    assert taken_hours.list_diaries([cast.bob.id], TEN, TEN)[cast.bob.id].taken == []
    monkeypatch.setattr(holding, "require_free", lambda *_args, **_kwargs: None)
    told = race(app, crowd[:8], lambda _index: (cast.bob.id, cast.type.id, TEN))
    assert sum(one.told == "yes" for one in told) == 8
    assert any(fault.startswith("overlap") for fault in faults(told, kept()))


@pytest.mark.both_databases
def test_the_guard_alone_stops_the_race(app, cast, crowd, monkeypatch, database):
    """Whatever the lock and the check do, the database says no, and it reads as a refusal."""
    monkeypatch.setattr(locks, "lock_agendas", lambda _ids: False)
    monkeypatch.setattr(holding, "require_free", lambda *_args, **_kwargs: None)
    told = race(app, crowd[:12], lambda _index: (cast.bob.id, cast.type.id, TEN))
    assert sorted(one.told for one in told) == ["slot_taken"] * 11 + ["yes"]
    assert faults(told, kept()) == []


@pytest.mark.both_databases
def test_one_person_in_many_windows_holds_one_hour(app, cast, crowd, database):
    one = crowd[0]
    windows = [one] * 12
    hours = [TEN + timedelta(minutes=30 * (index % 4)) for index in range(12)]
    race(app, windows, lambda index: (cast.bob.id, cast.type.id, hours[index]))
    assert len(kept()) == 1


@pytest.mark.both_databases
@pytest.mark.covers("U2")
def test_confirming_and_taking_an_expired_hold_leave_one_owner(
    app, cast, crowd, travel_to, database
):
    for account_id, place_id in crowd[:1]:
        actor, place = db.session.get(User, account_id), db.session.get(Enrolment, place_id)
        held = holding.hold_slot(
            actor, place, consultation_type=cast.type, caregiver=cast.bob, starts_at=TEN
        )
    held_id, owner_id = held.id, crowd[0][0]
    db.session.rollback()
    travel_to(timedelta(minutes=16))
    outcomes: list[str] = []

    def confirm() -> None:
        with app.app_context():
            try:
                actor = db.session.get(User, owner_id)
                holding.confirm_appointment(actor, db.session.get(Appointment, held_id))
                outcomes.append("confirmed")
            except DomainError as error:
                outcomes.append(error.code)
            db.session.remove()

    confirming = threading.Thread(target=confirm)
    confirming.start()
    told = race(app, crowd[1:10], lambda _index: (cast.bob.id, cast.type.id, TEN))
    confirming.join()
    winners = sum(one.told == "yes" for one in told) + outcomes.count("confirmed")
    assert winners == 1, (outcomes, told)
    assert len(kept()) == 1
