"""What can no longer happen is cancelled, and said."""

from __future__ import annotations

from collections import defaultdict

from core.authorization import consequence, current_actor_of_operation
from core.database import db
from patient.queries.places import guardian_ids
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changes import mark_cancelled, note_change, touch_agendas
from scheduling.appointments.queries.appointments import list_future
from scheduling.appointments.queries.locks import lock_agenda
from scheduling.appointments.vocabulary import AppointmentStatus, ChangeKind
from scheduling.notices import emails
from scheduling.notices.operations.calls import call_if_unreachable
from scheduling.notices.vocabulary import CallReason
from security.queries import get_user


@consequence
def release_future(
    *,
    caregiver_id: int | None = None,
    bubble_id: int | None = None,
    enrolment_id: int | None = None,
) -> None:
    """Cancel what can no longer happen, and tell each patient's guardians once."""
    found = list_future(caregiver_id=caregiver_id, bubble_id=bubble_id, enrolment_id=enrolment_id)
    if not found:
        return
    lock_agenda(*{appointment.caregiver_id for appointment in found})
    actor_id = current_actor_of_operation().id
    known: dict[int, list[Appointment]] = defaultdict(list)
    for appointment in found:
        db.session.refresh(appointment)
        if appointment.status is AppointmentStatus.CONFIRMED:
            known[appointment.enrolment.patient_id].append(appointment)
            note_change(appointment, ChangeKind.CANCELLED, actor_id)
        if appointment.status is not AppointmentStatus.CANCELLED:
            mark_cancelled(appointment, actor_id)
    touch_agendas({one.agenda_id for group in known.values() for one in group})
    for patient_id, group in known.items():
        for user_id in guardian_ids(patient_id):
            guardian = get_user(user_id)
            if guardian is not None:
                emails.cancelled(group, guardian)
        for one in group:
            call_if_unreachable(one, CallReason.CANCELLED)
