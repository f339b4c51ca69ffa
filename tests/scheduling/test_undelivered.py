"""A cancellation is always said: by message, or else by telephone."""

from __future__ import annotations

import pytest

from core.database import db
from core.outbox import About
from core.transaction import transaction
from patient.models import Guardianship
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.vocabulary import CallReason
from scheduling.notices.operations.calls import call_instead
from scheduling.replanning.queries import list_calls_for

TUESDAY = "2026-11-24"


def calls(caregiver) -> list[CallReason]:
    found = [task.reason for task in list_calls_for(caregiver)]
    db.session.rollback()
    return found


@pytest.mark.covers("U35")
def test_a_patient_without_any_account_is_to_be_called(cast, book):
    booked = book(f"{TUESDAY} 10:00")
    with transaction():
        db.session.query(Guardianship).delete()
    cancel_appointment(cast.bob, booked)
    assert calls(cast.bob) == [CallReason.CANCELLED]


def test_a_patient_with_an_account_is_told_and_not_called(cast, book, outbox):
    cancel_appointment(cast.bob, book(f"{TUESDAY} 10:00"))
    assert "annulé" in outbox.one(to=cast.jeanne).subject
    assert calls(cast.bob) == []


def test_an_hour_that_changed_is_called_as_well(cast, book, at):
    booked = book(f"{TUESDAY} 10:00")
    with transaction():
        db.session.query(Guardianship).delete()
    move_appointment(cast.bob, booked, starts_at=at(f"{TUESDAY} 15:00"))
    assert calls(cast.bob) == [CallReason.MOVED]


@pytest.mark.both_databases
def test_a_dead_notice_is_a_call_for_each_appointment_that_it_was_about_once(cast, book, database):
    booked = [book(f"{TUESDAY} {hour}") for hour in ("10:00", "11:00", "14:00")]
    for appointment in booked:
        cancel_appointment(cast.bob, appointment)
    assert calls(cast.bob) == []
    abouts = [About("appointment", appointment.id) for appointment in booked]
    call_instead(abouts, {})
    call_instead(abouts, {})
    assert calls(cast.bob) == [CallReason.CANCELLED] * 3
