"""Workers and people at the same instant: one freed hour, one person asked, one taker.

The control takes the lock and the unique index away and shows that this machinery sees the race.
"""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select, text

from core.authorization import System
from core.database import db
from core.errors import DomainError
from core.transaction import transaction
from patient.models import Guardianship
from patient.vocabulary import GuardianKind
from scheduling.agendas.models import ConsultationType
from scheduling.agendas.queries import locks
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changing import cancel_appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.waiting_list.models import WaitingListOffer
from scheduling.waiting_list.operations import offers as waiting_offers
from scheduling.waiting_list.operations.entries import (
    Wish,
    join_waiting_list,
    refuse_offer,
    take_offer,
)
from scheduling.waiting_list.vocabulary import OfferAnswer
from security.models import User
from tests import factories as make
from tests.scheduling.conftest import paris

TEN = paris("2026-11-24 10:00")
WORKERS = 8
INDEX = "uq_waiting_list_offers_one_open"


@pytest.fixture
def freed(cast):
    """Four people wait for an hour of Bob's; one of his hours has just come free."""
    with transaction():
        people = []
        for _number in range(4):
            account = make.user()
            person = make.patient("Patient", "Attend", account=account)
            people.append((account, make.enrolment(person, cast.bubble, followers=[cast.bob])))
        hers = make.appointment(cast.agenda, cast.enrolment, cast.type, TEN, confirmed_at=TEN)
    for account, place in people:
        kind = db.session.get(ConsultationType, cast.type.id)
        wish = Wish(caregiver_id=cast.bob.id)
        join_waiting_list(account, place, consultation_type=kind, wish=wish)
    cancel_appointment(cast.jeanne, hers)
    return people


def together(app, acts) -> list[str]:
    """Let every act begin at the same instant, each with its own session; return what they say."""
    told: list[str] = []
    start = threading.Barrier(len(acts))
    db.session.rollback()

    def run(act) -> None:
        with app.app_context():
            start.wait(60)
            try:
                told.append(act() or "done")
            except DomainError as error:
                told.append(error.code)
            except Exception as error:  # noqa: BLE001  (told, not raised: the threads are joined)
                told.append(type(error).__name__)
            db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def ask(bob_id: int):
    def act() -> None:
        bob = db.session.get(User, bob_id)
        waiting_offers.ask_for_hours_of(System("tests"), bob)

    return act


def offers() -> list[WaitingListOffer]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(WaitingListOffer)))


@pytest.mark.both_databases
@pytest.mark.covers("U14")
def test_many_workers_ask_one_person(app, cast, freed, database):
    told = together(app, [ask(cast.bob.id)] * WORKERS)
    assert told == ["done"] * WORKERS
    assert len(offers()) == 1


@pytest.fixture
def unguarded(app, monkeypatch):
    """No lock, no unique index, and everybody has looked before anybody writes."""
    with db.engine.begin() as connection:
        connection.execute(text(f"DROP INDEX {INDEX}"))
    monkeypatch.setattr(locks, "lock_agendas", lambda _ids: False)
    real = waiting_offers.first_wanted

    def slow(*args):
        found = real(*args)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(waiting_offers, "first_wanted", slow)
    yield
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM waiting_list_offers"))
        connection.execute(
            text(
                f"CREATE UNIQUE INDEX {INDEX} ON waiting_list_offers (caregiver_id, starts_at) "
                "WHERE answered_at IS NULL"
            )
        )


@pytest.mark.both_databases
def test_without_lock_and_index_the_guard_of_hours_alone_stops_the_race(
    app, cast, freed, unguarded, database
):
    """On PostgreSQL several try, and one keeps the hour; on SQLite one writer owns the file."""
    told = together(app, [ask(cast.bob.id)] * 4)
    assert len(offers()) == 1
    if database == "postgresql":
        assert set(told) - {"done"}, "nobody was in anybody's way: this test would see no race"


@pytest.mark.both_databases
def test_two_who_act_for_the_same_person_take_one_hour(app, cast, freed, database):
    account, place = freed[0]
    with transaction():
        other = make.user()
        kind = GuardianKind.RELATIVE
        make._add(Guardianship(user_id=other.id, patient_id=place.patient_id, kind=kind))
    ask(cast.bob.id)()
    offer_id, people = offers()[0].id, [account.id, other.id] * 3
    db.session.rollback()

    def take(user_id: int):
        def act() -> None:
            user = db.session.get(User, user_id)
            take_offer(user, db.session.get(WaitingListOffer, offer_id))

        return act

    told = together(app, [take(user_id) for user_id in people])
    assert told == ["done"] * 6  # twice is once
    assert len(standing()) == 1


@pytest.mark.both_databases
def test_taking_and_refusing_at_once_leave_one_answer(app, cast, freed, database):
    account, _place = freed[0]
    ask(cast.bob.id)()
    offer_id, user_id = offers()[0].id, account.id
    db.session.rollback()

    def act_of(act):
        def run() -> None:
            user = db.session.get(User, user_id)
            act(user, db.session.get(WaitingListOffer, offer_id))

        return run

    together(app, [act_of(take_offer), act_of(refuse_offer)] * 3 + [ask(cast.bob.id)] * 2)
    first = next(one for one in offers() if one.id == offer_id)
    if first.answer is OfferAnswer.TAKEN:
        assert len(standing()) == 1
        assert len(offers()) == 1
    else:
        assert first.answer is OfferAnswer.REFUSED
        assert standing() == []
        assert sum(one.answered_at is None for one in offers()) <= 1


def standing() -> list[Appointment]:
    db.session.rollback()
    query = select(Appointment).where(
        Appointment.starts_at == TEN, Appointment.status == AppointmentStatus.BOOKED
    )
    return list(db.session.scalars(query))
