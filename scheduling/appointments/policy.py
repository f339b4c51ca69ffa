"""Who may do what: appointments that are promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import patient.policy
from core.authorization import Actor, Rule, any_of, is_system
from scheduling.appointments.models import Appointment, CallTask
from security.models import User


@dataclass(frozen=True)
class LinkHolder:
    """Whoever holds the link that messages about one appointment carry; nobody knows who."""

    appointment_id: int
    id: int | None = None


class AppointmentPermission(StrEnum):
    """Appointments that are promised."""

    CANCEL = "appointment:cancel"
    """Cancel an appointment."""
    MOVE = "appointment:move"
    """Move an appointment to another hour."""
    MARK = "appointment:mark"
    """Note that the patient came, or did not."""
    BOOK_FOR = "appointment:book_for"
    """Book one's own hour for a patient."""
    OVERRIDE = "appointment:override"
    """Go over a rule of one's agenda, with a reason."""
    PLAN_CALLS = "call_task:create"
    """Have the patients called whom no message reached."""
    FINISH_CALL = "call_task:done"
    """Note that a patient was called."""


def acts_for_its_patient(actor: Actor, appointment: Appointment) -> bool:
    """The patient, or a relative who acts for them."""
    return patient.policy.acts_for(actor, appointment.enrolment)


def is_its_caregiver(actor: Actor, appointment: Appointment) -> bool:
    """The caregiver whose time it takes, while they follow the patient, once it is confirmed."""
    return (
        isinstance(actor, User)
        and appointment.caregiver_id == actor.id
        and appointment.is_known_to_caregiver
        and patient.policy.follows(actor, appointment.enrolment)
    )


def holds_its_link(actor: Actor, appointment: Appointment) -> bool:
    """Whoever holds the link that messages about it carry."""
    return isinstance(actor, LinkHolder) and actor.appointment_id == appointment.id


def follows_whom_to_call(actor: Actor, task: CallTask) -> bool:
    """Any caregiver who follows the patient to call."""
    return patient.policy.follows(actor, task.appointment.enrolment)


RULES: Mapping[StrEnum, Rule] = {
    AppointmentPermission.CANCEL: any_of(acts_for_its_patient, is_its_caregiver, holds_its_link),
    AppointmentPermission.MOVE: any_of(acts_for_its_patient, is_its_caregiver, holds_its_link),
    AppointmentPermission.MARK: is_its_caregiver,
    AppointmentPermission.BOOK_FOR: patient.policy.follows,
    AppointmentPermission.OVERRIDE: is_its_caregiver,
    AppointmentPermission.PLAN_CALLS: is_system,
    AppointmentPermission.FINISH_CALL: follows_whom_to_call,
}
