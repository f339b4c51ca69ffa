"""What people read about appointments, calendar links and waiting: when and where, never why."""

from __future__ import annotations

from scheduling.emails.appointments import booked, cancelled, cancelled_for_caregiver, confirmed
from scheduling.emails.feeds import read_elsewhere, silent
from scheduling.emails.reminders import reminder

__all__ = [
    "booked",
    "cancelled",
    "cancelled_for_caregiver",
    "confirmed",
    "read_elsewhere",
    "reminder",
    "silent",
]
