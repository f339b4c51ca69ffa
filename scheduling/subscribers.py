"""What agendas do when something happens below them."""

from __future__ import annotations

from bubbles.events import CaregiverJoined, CaregiverLeft, MemberRemoved
from patient.events import AssignmentEnded, EnrolmentEnded
from scheduling.agendas.operations import agendas
from scheduling.appointments.operations import releasing


def give_an_agenda(event: CaregiverJoined) -> None:
    """A caregiver of a bubble has an agenda there."""
    agendas.open_agenda(user_id=event.user_id, bubble_id=event.bubble_id)


def close_their_agenda(event: MemberRemoved | CaregiverLeft) -> None:
    """Who leaves keeps nothing: appointments to come are cancelled, calendar links emptied."""
    releasing.release_future(caregiver_id=event.user_id, bubble_id=event.bubble_id)
    agendas.close_agenda(user_id=event.user_id, bubble_id=event.bubble_id)


def release_with_caregiver(event: AssignmentEnded) -> None:
    """Who no longer follows a patient no longer sees them."""
    releasing.release_future(caregiver_id=event.user_id, enrolment_id=event.enrolment_id)


def release_everything(event: EnrolmentEnded) -> None:
    """A patient who leaves a bubble has no appointment there any more."""
    releasing.release_future(enrolment_id=event.enrolment_id)
