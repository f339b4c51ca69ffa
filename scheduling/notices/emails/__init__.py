"""What people read about appointments and waiting: when and where, never why."""

from __future__ import annotations

from scheduling.notices.emails.appointments import (
    booked,
    cancelled,
    cancelled_for_caregiver,
    confirmed,
)
from scheduling.notices.emails.reminders import reminder

__all__ = [
    "booked",
    "cancelled",
    "cancelled_for_caregiver",
    "confirmed",
    "reminder",
]
