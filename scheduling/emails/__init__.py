"""What people read about appointments, calendar links and waiting: when and where, never why."""

from __future__ import annotations

from scheduling.emails.appointments import booked, cancelled, cancelled_for_caregiver, confirmed

__all__ = ["booked", "cancelled", "cancelled_for_caregiver", "confirmed"]
