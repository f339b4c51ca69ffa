"""Cancelling what was promised."""

from __future__ import annotations

from core import clock
from core.authorization import operation
from patient.queries import guardian_ids
from scheduling import emails
from scheduling.errors import TooLateToCancelError
from scheduling.models import Appointment
from scheduling.operations.appointments.changes import (
    lock,
    mark_cancelled,
    note_change,
    touch_agendas,
)
from scheduling.policy import SchedulingPermission
from scheduling.vocabulary import AppointmentStatus, ChangeKind
from security.models import User
from security.queries import get_user


@operation(SchedulingPermission.CANCEL)
def cancel_appointment(actor: User, appointment: Appointment) -> None:
    """Free the hour at once and tell everybody else concerned. Twice is once.

    Raises:
        TooLateToCancelError: it has begun.
    """
    lock(appointment, actor)
    if appointment.status is AppointmentStatus.CANCELLED:
        return
    was_known = appointment.is_known_to_caregiver
    if was_known and clock.now() >= appointment.starts_at:
        raise TooLateToCancelError(appointment.enrolment.bubble.contact_phone)
    mark_cancelled(appointment, actor.id)
    if not was_known:
        return
    note_change(appointment, ChangeKind.CANCELLED, actor.id)
    touch_agendas([appointment.agenda_id])
    if actor.id != appointment.caregiver_id:
        emails.cancelled_for_caregiver(appointment)
    for user_id in guardian_ids(appointment.enrolment.patient_id):
        guardian = get_user(user_id)
        if guardian is not None and guardian.id not in {actor.id, appointment.caregiver_id}:
            emails.cancelled([appointment], guardian)
