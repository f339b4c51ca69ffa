"""What can no longer happen is cancelled."""

from __future__ import annotations

from core.authorization import consequence, current_actor_of_operation
from scheduling.agendas.queries.locks import lock_agendas
from scheduling.appointments import lifecycle
from scheduling.appointments.events import Cause
from scheduling.appointments.queries.appointments import list_future


@consequence
def release_future(
    *,
    caregiver_id: int | None = None,
    bubble_id: int | None = None,
    enrolment_id: int | None = None,
) -> None:
    """Cancel the appointments and holds to come of whom care ends for, in one fact."""
    whose = {"caregiver_id": caregiver_id, "bubble_id": bubble_id, "enrolment_id": enrolment_id}
    coming = list_future(**whose)
    if not coming:
        return
    if lock_agendas(appointment.caregiver_id for appointment in coming):
        coming = list_future(**whose)  # somebody may have written while we waited
    with lifecycle.one_fact(Cause.END_OF_CARE):
        lifecycle.cancel(coming, by=current_actor_of_operation().id)
