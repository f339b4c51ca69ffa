"""What became of an appointment whose hour has come."""

from __future__ import annotations

from core import clock
from core.authorization import operation
from scheduling.appointments.errors import NotBegunError, NotStandingError
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changes import lock, note_change
from scheduling.appointments.policy import AppointmentPermission
from scheduling.appointments.vocabulary import AppointmentStatus, Attendance, ChangeKind
from security.models import User

STEPS = {Attendance.HONOURED: ChangeKind.HONOURED, Attendance.MISSED: ChangeKind.MISSED}


@operation(AppointmentPermission.MARK)
def mark_attendance(
    actor: User, appointment: Appointment, *, attendance: Attendance | None
) -> None:
    """Say that the patient came or did not; None takes back what was said. Nobody is told.

    Raises:
        NotStandingError: it was cancelled.
        NotBegunError: its hour has not come.
    """
    lock(appointment, actor)
    if appointment.status is not AppointmentStatus.CONFIRMED:
        raise NotStandingError
    if clock.now() < appointment.starts_at:
        raise NotBegunError
    if attendance is appointment.attendance:
        return
    appointment.attendance = attendance
    appointment.attendance_noted_at = clock.now() if attendance else None
    if attendance is not None:
        note_change(appointment, STEPS[attendance], actor.id)
