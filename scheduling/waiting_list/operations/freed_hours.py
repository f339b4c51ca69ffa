"""Noticing that a caregiver's time came back, for those who wait for an earlier hour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update

from core import clock, outbox
from core.database import db
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.waiting_list.models import FreedHour, WaitingListEntry
from scheduling.waiting_list.queries import waits_for

KIND = "waiting_list"


def note_freed(
    caregiver_id: int, starts_at: datetime, ends_at: datetime, *, hold_id: int | None = None
) -> None:
    """Write down a stretch that came back, in the current transaction, if anybody waits for it."""
    now = clock.now()
    if ends_at <= now or not waits_for(caregiver_id):
        return
    db.session.add(
        FreedHour(
            caregiver_id=caregiver_id,
            starts_at=max(starts_at, now),
            ends_at=ends_at,
            freed_at=now,
            hold_id=hold_id,
        )
    )
    look_again()


def wait_from(appointment: Appointment) -> None:
    """Whoever waited without an appointment has one now: only an earlier hour is wanted still.

    So has who had lost theirs.
    """
    lost = select(Appointment.id).where(
        Appointment.enrolment_id == appointment.enrolment_id,
        Appointment.status == AppointmentStatus.CANCELLED,
    )
    db.session.execute(
        update(WaitingListEntry)
        .where(
            WaitingListEntry.enrolment_id == appointment.enrolment_id,
            WaitingListEntry.consultation_type_id == appointment.consultation_type_id,
            WaitingListEntry.ended_at.is_(None),
            or_(
                WaitingListEntry.appointment_id.is_(None),
                WaitingListEntry.appointment_id.in_(lost),
            ),
        )
        .values(appointment_id=appointment.id)
        .execution_options(synchronize_session=False)  # nobody goes on with these rows
    )


def look_again() -> None:
    """Have the worker ask whoever is next, as soon as the current transaction is on disk."""
    outbox.enqueue(KIND, {})
