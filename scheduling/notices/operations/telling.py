"""From what changed to who reads what: mails, texts, calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from core.authorization import consequence
from scheduling.appointments.events import AppointmentsChanged, Change
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.calls import add_call
from scheduling.appointments.queries.appointments import map_whole
from scheduling.appointments.vocabulary import CallReason, ChangeKind
from scheduling.notices import emails
from scheduling.notices.emails import moves
from scheduling.notices.operations.links import link_of
from scheduling.notices.queries.recipients import Recipient, Side, map_accounts, who_hears
from security.models import User


@consequence
def tell_of_changes(event: AppointmentsChanged) -> None:
    """Write what leaves for everybody who hears of it, and whom nothing reaches is called."""
    heard = who_hears(event)
    appointments = map_whole(heard)
    for whole in appointments.values():
        link_of(whole)
    booked: dict[int, list[Appointment]] = defaultdict(list)
    cancelled: dict[tuple[int, int], list[Appointment]] = defaultdict(list)
    readers: dict[int, User] = {}
    for change in event.changes:
        appointment = appointments.get(change.appointment_id)
        if appointment is None:
            continue
        for recipient in heard[change.appointment_id]:
            readers[recipient.user.id] = recipient.user
            if recipient.side is Side.CAREGIVER:
                _tell_caregiver(appointment, change.kind)
            elif change.kind is ChangeKind.CANCELLED:
                cancelled[recipient.user.id, change.patient_id].append(appointment)
            elif change.kind is ChangeKind.BOOKED and not (recipient.did_it or change.replaces):
                booked[recipient.user.id].append(appointment)
            else:
                _tell_patient(appointment, change, recipient, appointments)
    for reader_id, group in booked.items():
        moves.booked_for(group, readers[reader_id])
    for (reader_id, _patient_id), group in cancelled.items():
        emails.cancelled(group, readers[reader_id])
    _plan_calls(event.changes, appointments)


def _tell_caregiver(appointment: Appointment, kind: ChangeKind) -> None:
    if kind is ChangeKind.BOOKED:
        emails.booked(appointment)
    elif kind is ChangeKind.MOVED:
        moves.moved_for_caregiver(appointment)
    else:
        emails.cancelled_for_caregiver(appointment)


def _tell_patient(
    appointment: Appointment,
    change: Change,
    recipient: Recipient,
    appointments: dict[int, Appointment],
) -> None:
    instead_of = appointments.get(change.replaces) if change.replaces is not None else None
    if change.kind is ChangeKind.BOOKED and recipient.did_it:
        emails.confirmed(appointment, recipient.user, instead_of=instead_of)
    else:
        moves.moved(appointment, recipient.user, instead_of=instead_of)


def _plan_calls(changes: Sequence[Change], appointments: dict[int, Appointment]) -> None:
    """Have somebody telephone where no account acts for the patient: nothing else reaches them."""
    told = [change for change in changes if change.appointment_id in appointments]
    accounts = map_accounts({change.patient_id for change in told})
    for change in told:
        reason = _reason_to_call(change)
        if reason is not None and not accounts[change.patient_id]:
            add_call(change.appointment_id, change.sequence, reason)


def _reason_to_call(change: Change) -> CallReason | None:
    """A caregiver who books says so themself; what gave way to another hour is not said apart."""
    if change.kind is ChangeKind.CANCELLED:
        return None if change.replaced_by is not None else CallReason.CANCELLED
    is_other_hour = change.kind is ChangeKind.MOVED or change.replaces is not None
    return CallReason.MOVED if is_other_hour else None
