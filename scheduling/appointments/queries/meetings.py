"""What a patient has had, has, and holds, with whomever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from bubbles.models import Bubble
from core import clock
from core.statements import NOW, fixed, rows
from patient.models import Enrolment
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus, Attendance
from security.models import User


class Meeting(NamedTuple):
    """An appointment of the same patient, with whomever, wherever."""

    appointment_id: int
    starts_at: datetime
    ends_at: datetime
    caregiver_name: str
    zone: str

    def meets(self, start: datetime, length: timedelta) -> bool:
        """Say whether a stretch that begins at ``start`` has part of its time."""
        return self.starts_at < start + length and start < self.ends_at


def was_seen(patient_id: Any, caregiver_id: Any) -> ColumnElement[bool]:
    """Where it is asked: this caregiver has had an appointment with this patient, in any bubble."""
    place, seen = aliased(Enrolment), aliased(Appointment)
    return (
        select(seen.id)
        .join(place, place.id == seen.enrolment_id)
        .where(
            place.patient_id == patient_id,
            # Looked for among the patient's few, never among a caregiver's thousands.
            seen.caregiver_id + 0 == caregiver_id,
            seen.status == fixed(AppointmentStatus.BOOKED),
            seen.ends_at <= NOW,
            or_(seen.attendance.is_(None), seen.attendance != fixed(Attendance.NOSHOW)),
        )
        .exists()
    )


_WAS_SEEN = select(was_seen(bindparam("patient"), bindparam("caregiver")))
_MEETINGS: Any = (
    select(
        Appointment.id,
        Appointment.starts_at,
        Appointment.ends_at,
        User.display_name,
        Bubble.time_zone,
    )
    .join(Enrolment, Enrolment.id == Appointment.enrolment_id)
    .join(Bubble, Bubble.id == Enrolment.bubble_id)
    .join(User, User.id == Appointment.caregiver_id)
    .where(
        Enrolment.patient_id == bindparam("patient"),
        Appointment.starts_at < bindparam("end"),
        Appointment.ends_at > bindparam("start"),
        Appointment.id != bindparam("moved"),
        or_(
            Appointment.status == fixed(AppointmentStatus.BOOKED),
            and_(
                Appointment.status == fixed(AppointmentStatus.HELD),
                Appointment.held_until > NOW,
            ),
        ),
    )
    .order_by(Appointment.starts_at, Appointment.id)
)


def has_been_seen(patient_id: int, caregiver_id: int) -> bool:
    """Say whether this caregiver has had an appointment with this patient, in any bubble."""
    asked = rows(_WAS_SEEN, patient=patient_id, caregiver=caregiver_id, now=clock.now())
    return bool(asked.scalar_one())


def list_meetings(
    patient_id: int, start: datetime, end: datetime, *, except_id: int | None = None
) -> list[Meeting]:
    """Return what the patient has promised, or holds, of a stretch of time, in order."""
    meetings = rows(
        _MEETINGS,
        patient=patient_id,
        start=start,
        end=end,
        moved=except_id or 0,
        now=clock.now(),
    )
    return [Meeting._make(row) for row in meetings]
