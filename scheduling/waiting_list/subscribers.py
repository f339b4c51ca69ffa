"""What the waiting list does when appointments change."""

from __future__ import annotations

from scheduling.agendas.events import AbsenceRemoved
from scheduling.appointments.events import AppointmentsChanged, Cause, Change
from scheduling.appointments.vocabulary import ChangeKind, HeldFor
from scheduling.waiting_list.operations.freed_hours import note_freed, wait_from, withdraw_offer


def follow_appointments(event: AppointmentsChanged) -> None:
    """Offer the time that came free, and note the wishes that came true."""
    if event.cause is Cause.ZONE_CHANGE:  # nothing came free: all of it is read another way
        return
    for change in event.changes:
        if change.held_for is HeldFor.OFFER and not change.is_promised:
            withdraw_offer(change.appointment_id)  # its stretch is still being offered
        elif change.kind in {ChangeKind.CANCELLED, ChangeKind.MOVED}:
            _offer_what_came_free(change)
        elif change.kind is ChangeKind.BOOKED:
            wait_from(change.appointment_id, change.enrolment_id, change.type_id)


def follow_absences(event: AbsenceRemoved) -> None:
    """Offer the time of a caregiver who is there after all."""
    note_freed(event.caregiver_id, event.period.starts_at, event.period.ends_at)


def _offer_what_came_free(change: Change) -> None:
    if change.before is not None:
        note_freed(change.caregiver_id, change.before.starts_at, change.before.ends_at)
