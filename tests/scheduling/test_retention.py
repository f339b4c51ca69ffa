"""Hours that were only held go at their term; what was ever promised stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock, retention
from core.database import db
from core.transaction import transaction
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.waiting_list.models import WaitingListOffer
from scheduling.waiting_list.vocabulary import OfferAnswer
from tests import factories as make

pytestmark = pytest.mark.both_databases


def test_an_hour_that_was_only_held_goes_a_month_after_it(app, cast, travel_to):
    now = clock.now()
    kept: dict[str, int] = {}
    with transaction():
        for hours, (name, values) in enumerate(
            {
                "ran out": {
                    "status": AppointmentStatus.HELD,
                    "held_until": now,
                    "confirmed_at": None,
                },
                "given up": {"status": AppointmentStatus.CANCELLED, "confirmed_at": None},
                "cancelled": {"status": AppointmentStatus.CANCELLED, "confirmed_at": now},
                "promised": {"status": AppointmentStatus.BOOKED, "confirmed_at": now},
            }.items()
        ):
            row = make.appointment(
                cast.agenda, cast.enrolment, cast.type, now + timedelta(hours=hours)
            )
            row.updated_at = now
            for column, value in values.items():
                setattr(row, column, value)
            kept[name] = row.id
    travel_to(timedelta(days=30))
    retention.apply(1, {})
    assert set(db.session.scalars(select(Appointment.id))) == set(kept.values())
    travel_to(timedelta(hours=2))
    retention.apply(1, {})
    assert set(db.session.scalars(select(Appointment.id))) == {kept["cancelled"], kept["promised"]}


def test_what_was_refused_is_known_until_its_hour_is_over(app, cast, wait, travel_to):
    """Else the same hour would be offered once more to who refused it."""
    entry, now = wait(cast.jeanne, cast.enrolment), clock.now()
    with transaction():
        offer = make.waiting_list_offer(
            entry, cast.agenda, now + timedelta(days=60), now, answered_at=now
        )
        offer.answer = OfferAnswer.REFUSED
    travel_to(timedelta(days=60))
    retention.apply(1, {})
    assert db.session.scalar(select(WaitingListOffer.answer)) is OfferAnswer.REFUSED
    travel_to(timedelta(days=31))
    retention.apply(1, {})
    assert db.session.scalar(select(WaitingListOffer.id)) is None
