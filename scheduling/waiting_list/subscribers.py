"""What the waiting list does when appointments change."""

from __future__ import annotations

from collections import defaultdict

from scheduling.agendas.events import AbsenceRemoved
from scheduling.appointments.events import AppointmentsChanged, Cause
from scheduling.appointments.queries.acts import may_have
from scheduling.appointments.vocabulary import ChangeKind, HeldFor
from scheduling.time.intervals import Period
from scheduling.waiting_list.operations.entries import wait_from
from scheduling.waiting_list.operations.freed_hours import note_freed
from scheduling.waiting_list.operations.offers import withdraw_offer


def follow_appointments(event: AppointmentsChanged) -> None:
    """Offer the time that came free, and note the wishes that came true."""
    if event.cause is Cause.ZONE_CHANGE:  # nothing came free: all of it is read another way
        return
    freed: dict[int, list[Period]] = defaultdict(list)
    booked: dict[tuple[int, int], int] = {}
    for change in event.changes:
        if change.held_for is HeldFor.OFFER and not change.is_promised:
            withdraw_offer(change.appointment_id)  # its stretch is still being offered
        elif not may_have(change.appointment_id, "is_waited_for"):
            continue
        elif change.kind in {ChangeKind.CANCELLED, ChangeKind.MOVED} and change.before is not None:
            freed[change.caregiver_id].append(change.before)
        elif change.kind is ChangeKind.BOOKED:  # of a series, the first hour is what comes true
            booked.setdefault((change.enrolment_id, change.type_id), change.appointment_id)
    for caregiver_id, periods in freed.items():
        note_freed(caregiver_id, periods)
    for (enrolment_id, type_id), appointment_id in booked.items():
        wait_from(appointment_id, enrolment_id, type_id)


def follow_absences(event: AbsenceRemoved) -> None:
    """Offer the time of a caregiver who is there after all."""
    note_freed(event.caregiver_id, event.periods)
