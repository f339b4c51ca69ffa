"""What became of an appointment whose hour has come."""

from __future__ import annotations

from core import clock
from core.authorization import operation
from scheduling.appointments import lifecycle
from scheduling.appointments.errors import NotBegunError, NotStandingError
from scheduling.appointments.models import Appointment
from scheduling.appointments.policy import AppointmentPermission
from scheduling.appointments.queries.locks import agendas_of_appointment
from scheduling.appointments.vocabulary import AppointmentStatus, Attendance
from security.models import User


@operation(AppointmentPermission.MARK, lock=agendas_of_appointment)
def mark_attendance(
    actor: User, appointment: Appointment, *, attendance: Attendance | None
) -> None:
    """Say that the patient came or did not; None takes back what was said. Nobody is told.

    Raises:
        NotStandingError: it was cancelled.
        NotBegunError: its hour has not come.
    """
    if appointment.status is not AppointmentStatus.BOOKED:
        raise NotStandingError
    if clock.now() < appointment.starts_at:
        raise NotBegunError
    if attendance is not appointment.attendance:
        lifecycle.mark(appointment, attendance, by=actor.id)
