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
from tests import factories as make

pytestmark = pytest.mark.both_databases


def test_a_hold_that_became_nothing_goes_after_a_month(app, cast, travel_to):
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
                "promised": {"status": AppointmentStatus.CONFIRMED, "confirmed_at": now},
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
    travel_to(timedelta(minutes=1))
    retention.apply(1, {})
    assert set(db.session.scalars(select(Appointment.id))) == {kept["cancelled"], kept["promised"]}
