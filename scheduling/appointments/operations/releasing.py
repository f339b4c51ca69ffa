"""What can no longer happen is cancelled."""

from __future__ import annotations

from core.authorization import consequence, current_actor_of_operation
from core.database import db
from scheduling.agendas.queries.locks import lock_agendas
from scheduling.appointments import lifecycle
from scheduling.appointments.events import Cause
from scheduling.appointments.queries.appointments import list_future
from scheduling.appointments.vocabulary import AppointmentStatus


@consequence
def release_future(
    *,
    caregiver_id: int | None = None,
    bubble_id: int | None = None,
    enrolment_id: int | None = None,
) -> None:
    """Cancel the appointments and holds to come of whom care ends for, in one fact."""
    coming = list_future(caregiver_id=caregiver_id, bubble_id=bubble_id, enrolment_id=enrolment_id)
    if not coming:
        return
    lock_agendas({appointment.caregiver_id for appointment in coming})
    for appointment in coming:
        db.session.refresh(appointment)
    standing = [one for one in coming if one.status is not AppointmentStatus.CANCELLED]
    with lifecycle.one_fact(Cause.END_OF_CARE):
        lifecycle.cancel(standing, by=current_actor_of_operation().id)
