"""What the tests of agendas say often."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.database import db
from core.transaction import transaction
from scheduling.appointments.models import Appointment
from scheduling.booking.operations.holding import confirm_appointment, hold_slot
from scheduling.calendars.operations import create_link
from scheduling.calendars.vocabulary import DetailLevel
from scheduling.waiting_list.operations.entries import Wish, join_waiting_list
from tests import factories as make


def paris(text: str) -> datetime:
    """« 2026-11-24 09:00 » on the clock of Paris, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


@pytest.fixture
def at():
    return paris


@pytest.fixture
def read_by_a_program(cast):
    """A calendar link shows Bob's agenda: only then its version counts."""
    return create_link(cast.bob, cast.agenda, name="x", detail_level=DetailLevel.DISCREET)


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


# ── The waiting list ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def newcomer(cast):
    """``newcomer("Paul")``: somebody else whom Bob follows: their account and their place."""

    def newcomer(name: str):
        with transaction():
            user = make.user(name.lower(), f"{name} Estève")
            place = make.enrolment(
                make.patient(name, "Estève", account=user), cast.bubble, followers=[cast.bob]
            )
        return user, place

    return newcomer


@pytest.fixture
def taken(cast, at, newcomer):
    """Tuesday at ten, which somebody else has; it is freed in most tests."""
    user, place = newcomer("Ada")
    with transaction():
        made = make.appointment(
            cast.agenda, place, cast.type, at("2026-11-24 10:00"), confirmed_at=datetime.now(UTC)
        )
    return user, made


@pytest.fixture
def wait(cast):
    def wait(user, place, *, appointment=None, **wish):
        return join_waiting_list(
            user,
            place,
            consultation_type=cast.type,
            wish=Wish(caregiver_id=cast.bob.id, **wish),
            appointment=appointment,
        )

    return wait


@pytest.fixture
def jeannes(cast, book, wait):
    """Jeanne has Friday at ten, and would like it earlier."""
    booked = book("2026-11-27 10:00")
    return booked, wait(cast.jeanne, cast.enrolment, appointment=booked)
