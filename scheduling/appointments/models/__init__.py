"""Tables of appointments, and the database's last word on overlaps."""

from __future__ import annotations

from scheduling.appointments.models.appointments import (
    Answer,
    Appointment,
    AppointmentChange,
    AppointmentLink,
    CallTask,
)
from scheduling.appointments.models.overlap_guard import OVERLAP_GUARD

__all__ = [
    "OVERLAP_GUARD",
    "Answer",
    "Appointment",
    "AppointmentChange",
    "AppointmentLink",
    "CallTask",
]
