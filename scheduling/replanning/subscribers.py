"""What replanning does when appointments change."""

from __future__ import annotations

from scheduling.appointments.events import AppointmentsChanged
from scheduling.appointments.queries.acts import may_have
from scheduling.appointments.vocabulary import ChangeKind, HeldFor
from scheduling.replanning.operations import withdraw_proposals

ENDS_PROPOSALS = {ChangeKind.MOVED, ChangeKind.CANCELLED}


def follow_appointments(event: AppointmentsChanged) -> None:
    """A proposal is void once its appointment, or the hour kept for it, is no longer there."""
    gone = [
        change.appointment_id
        for change in event.changes
        if change.kind in ENDS_PROPOSALS
        and (change.is_promised or change.held_for is HeldFor.PROPOSAL)
        and may_have(change.appointment_id, "is_proposed")
    ]
    if gone:
        withdraw_proposals(gone)
