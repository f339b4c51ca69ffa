"""Who may do what: taking an hour."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import patient.policy
from core.authorization import Actor, Rule
from scheduling.appointments.models import Appointment
from scheduling.appointments.policy import acts_for_its_patient
from security.models import User


class BookingPermission(StrEnum):
    """Taking an hour."""

    HOLD = "appointment:hold"
    """Keep an hour for a patient while making up one's mind."""
    EXTEND_HOLD = "appointment:extend"
    """Ask for more time before confirming."""
    CONFIRM = "appointment:confirm"
    """Confirm an appointment."""
    GIVE_UP = "appointment:give_up"
    """Let an hour go before confirming it."""
    ANSWER = "booking:answer"
    """Answer the questions that a consultation type asks."""


def booked_it(actor: Actor, appointment: Appointment) -> bool:
    """Who took the hour, while they act for the patient."""
    return (
        isinstance(actor, User)
        and appointment.booked_by_id == actor.id
        and acts_for_its_patient(actor, appointment)
    )


RULES: Mapping[StrEnum, Rule] = {
    BookingPermission.HOLD: patient.policy.acts_for,
    BookingPermission.EXTEND_HOLD: booked_it,
    BookingPermission.CONFIRM: booked_it,
    BookingPermission.GIVE_UP: booked_it,
    BookingPermission.ANSWER: patient.policy.acts_for,
}
