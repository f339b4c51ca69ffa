"""What replanning does when appointments change."""

from __future__ import annotations

from scheduling.appointments.events import AppointmentsChanged
from scheduling.appointments.vocabulary import ChangeKind, HeldFor
from scheduling.replanning.operations import withdraw_proposal_of, withdraw_proposals_of

ENDS_PROPOSALS = {ChangeKind.MOVED, ChangeKind.CANCELLED}


def follow_appointments(event: AppointmentsChanged) -> None:
    """A proposal is void once its appointment, or the hour kept for it, is no longer there."""
    for change in event.changes:
        if change.kind not in ENDS_PROPOSALS:
            continue
        if change.held_for is HeldFor.PROPOSAL and not change.is_promised:
            withdraw_proposal_of(change.appointment_id)
        elif change.is_promised:
            withdraw_proposals_of(change.appointment_id)
