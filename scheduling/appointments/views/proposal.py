"""The hour that a patient is asked about, where an appointment is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.page_slots import filled

if TYPE_CHECKING:
    from scheduling.appointments.models import Appointment
    from scheduling.replanning.models import HourProposal


def open_proposal(appointment: Appointment) -> HourProposal | None:
    """Return the new hour that its patient is thinking about; replanning knows it."""
    return next(iter(filled("open_proposal", appointment)), None)
