"""A bubble with many patients closes at once for who looks, and little by little for the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bubbles.operations.closing import close_bubble
from core import clock
from core.authorization import System
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from patient.models import CareAssignment, Enrolment
from patient.operations.closing import AT_ONCE, go_on_closing
from patient.queries import places as queries
from scheduling.agendas.models import Agenda
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from tests import factories as make
from tests.patient.seen import followed_places

pytestmark = pytest.mark.both_databases
SUBJECT = "Votre place dans une bulle a pris fin"


@pytest.fixture
def crowd(cast):
    """More patients than one transaction carries, each with an account and an hour of Bob's."""
    start = datetime(2026, 11, 24, 8, tzinfo=UTC)
    with transaction():
        for number in range(2 * AT_ONCE + 3):
            account = make.user(f"p{number}", f"Paul {number}")
            person = make.patient("Paul", f"Roques {number}", account=account)
            place = make.enrolment(person, cast.bubble, followers=[cast.bob, cast.chloe])
            make.appointment(
                cast.agenda, place, cast.type, start + timedelta(hours=number),
                booked_by_id=account.id, confirmed_at=clock.now(),
            )  # fmt: skip
    return cast


def count(model, *where) -> int:
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def coming() -> int:
    return count(Appointment, Appointment.status == AppointmentStatus.BOOKED)


def test_closing_takes_few_statements_and_nobody_reaches_anybody(crowd, count_queries):
    places = count(Enrolment)
    db.session.rollback()

    with count_queries() as counted:
        close_bubble(crowd.alice, crowd.bubble, typed_name="Les Tilleuls")

    assert len(counted.statements) < 60  # it was forty for each patient
    assert count(Enrolment, Enrolment.ended_at.is_not(None)) == places
    assert count(CareAssignment) == 0
    assert followed_places(crowd.bob) == []
    assert queries.list_enrolments_of(crowd.jeanne) == []


def test_the_worker_does_the_rest_some_at_a_time(crowd, outbox):
    hours = coming()
    close_bubble(crowd.alice, crowd.bubble, typed_name="Les Tilleuls")
    assert coming() == hours

    go_on_closing(System("a bubble is closed"), crowd.bubble, after=0)
    assert 0 < hours - coming() <= AT_ONCE
    outbox.deliver()

    assert coming() == 0
    assert count(Agenda, Agenda.closed_at.is_(None)) == 0
    assert [mail.subject for mail in outbox.mails("p0@example.org")].count(SUBJECT) == 1
    assert SUBJECT in [mail.subject for mail in outbox.mails(crowd.jeanne)]


def test_a_worker_that_dies_and_begins_again_tells_nobody_twice(crowd, outbox):
    close_bubble(crowd.alice, crowd.bubble, typed_name="Les Tilleuls")
    for _time in range(3):
        go_on_closing(System("a bubble is closed"), crowd.bubble, after=0)
    outbox.deliver()

    assert coming() == 0
    assert [mail.subject for mail in outbox.mails(crowd.jeanne)].count(SUBJECT) == 1


def test_only_the_worker_goes_on(crowd):
    with pytest.raises(ForbiddenError):
        go_on_closing(crowd.alice, crowd.bubble, after=0)
