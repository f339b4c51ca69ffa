"""Asking patients whether another hour suits them, and telling caregivers what they answered."""

from __future__ import annotations

from core.authorization import consequence
from scheduling.notices.emails import moves, waiting
from scheduling.notices.queries.recipients import map_accounts
from scheduling.replanning.events import HourProposed, ProposalAnswered
from scheduling.waiting_list.events import HourOffered


@consequence
def ask_about_proposal(event: HourProposed) -> None:
    """Ask everybody who acts for the patient, but not the caregiver who proposes it."""
    appointment = event.proposal.appointment
    patient_id = appointment.enrolment.patient_id
    for user in map_accounts({patient_id})[patient_id]:
        if user.id not in {event.by, appointment.caregiver_id}:
            moves.proposed(event.proposal, user)


@consequence
def tell_answer(event: ProposalAnswered) -> None:
    """Tell the caregiver whose time it is."""
    moves.answered(event.proposal)


@consequence
def ask_about_offer(event: HourOffered) -> None:
    """Ask everybody who acts for the patient who waits."""
    patient_id = event.offer.entry.enrolment.patient_id
    for user in map_accounts({patient_id})[patient_id]:
        waiting.hour_offered(event.offer, user)
