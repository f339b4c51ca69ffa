"""Asking patients whether another hour suits them, and telling caregivers what they answered."""

from __future__ import annotations

from core import outbox
from core.authorization import consequence
from core.outbox import About, Message
from scheduling.notices import text_messages
from scheduling.notices.emails import caregivers, questions
from scheduling.notices.queries.recipients import map_accounts
from scheduling.replanning.events import HourProposed, ProposalAnswered
from scheduling.replanning.models import HourProposal
from scheduling.waiting_list.events import HourOffered
from scheduling.waiting_list.models import WaitingListOffer


@consequence
def ask_about_proposal(event: HourProposed) -> None:
    """Ask everybody who acts for the patient, but not the caregiver who proposes it."""
    appointment = event.proposal.appointment
    patient_id = appointment.enrolment.patient_id
    outbox.write(
        [
            question(event.proposal, user_id)
            for user_id in map_accounts({patient_id})[patient_id]
            if user_id not in {event.by, appointment.caregiver_id}
        ]
    )


@consequence
def tell_answer(event: ProposalAnswered) -> None:
    """Tell the caregiver whose time it is."""
    appointment = event.proposal.appointment
    answered = caregivers.answered(event.proposal.id).to(
        appointment.caregiver_id,
        key=f"proposal-{event.proposal.id}-answered",
        about=[About("appointment", appointment.id)],
    )
    outbox.write([answered])


@consequence
def ask_about_offer(event: HourOffered) -> None:
    """Ask everybody who acts for the patient who waits."""
    patient_id = event.offer.entry.enrolment.patient_id
    outbox.write(
        [
            message
            for user_id in map_accounts({patient_id})[patient_id]
            for message in questions_about_offer(event.offer, user_id)
        ]
    )


def question(
    proposal: HourProposal,
    reader_id: int,
    *,
    former_clock: questions.Clock | None = None,
    again: str = "",
) -> Message:
    """Return the mail that asks; ``again`` sets apart the key of one that is sent once more."""
    return questions.proposed(proposal.id, former_clock).to(
        reader_id,
        key=f"proposal-{proposal.id}-{reader_id}{again}",
        not_after=proposal.expires_at,
        about=[About("appointment", proposal.appointment_id)],
    )


def questions_about_offer(
    offer: WaitingListOffer,
    reader_id: int,
    *,
    former_clock: questions.Clock | None = None,
    again: str = "",
) -> list[Message]:
    """Return the mail and the text that ask; ``again`` as above."""
    mail = questions.hour_offered(offer.id, former_clock).to(
        reader_id,
        key=f"waiting-offer-{offer.id}-{reader_id}{again}",
        not_after=offer.expires_at,
    )
    return [mail, text_messages.about_offer(offer, reader_id, again)]
