"""Counting what would end with somebody's place."""

from __future__ import annotations

from sqlalchemy import func, select

from core import clock
from core.database import db
from patient.models import Enrolment
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus


def count_future(bubble_id: int, caregiver_id: int | None) -> int:
    """Count the booked appointments to come in a bubble, of one caregiver or of all."""
    query = (
        select(func.count())
        .select_from(Appointment)
        .join(Appointment.enrolment)
        .where(
            Enrolment.bubble_id == bubble_id,
            Appointment.status == AppointmentStatus.BOOKED,
            Appointment.starts_at > clock.now(),
        )
    )
    if caregiver_id is not None:
        query = query.where(Appointment.caregiver_id == caregiver_id)
    return db.session.scalar(query) or 0
