"""What the tests of agendas say often."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.database import db
from scheduling.models import Appointment
from scheduling.operations.appointments import confirm_appointment, hold_slot


def paris(text: str) -> datetime:
    """« 2026-11-24 09:00 » on the clock of Paris, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


@pytest.fixture
def at():
    return paris


@pytest.fixture
def hold(cast):
    """``hold("2026-11-24 09:00")``: Jeanne holds that hour of Bob's."""

    def hold(when, *, actor=None, enrolment=None, caregiver=None, key=None):
        return hold_slot(
            actor or cast.jeanne,
            enrolment or cast.enrolment,
            consultation_type=cast.type,
            caregiver=caregiver or cast.bob,
            starts_at=paris(when) if isinstance(when, str) else when,
            key=key,
        )

    return hold


@pytest.fixture
def book(cast, hold):
    """``book("2026-11-24 09:00")``: Jeanne holds and confirms."""

    def book(when, **others):
        appointment = hold(when, **others)
        confirm_appointment(others.get("actor") or cast.jeanne, appointment)
        return appointment

    return book


@pytest.fixture
def reload():
    """Read an appointment anew, as the database has it."""

    def reload(appointment) -> Appointment:
        db.session.expire_all()
        found = db.session.get(Appointment, appointment.id)
        assert found is not None
        return found

    return reload
