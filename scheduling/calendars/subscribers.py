"""What calendar links show differently when something happens elsewhere."""

from __future__ import annotations

from bubbles.events import BubbleClosed
from patient.events import AssignmentEnded, AssignmentsStarted, PatientRenamed
from scheduling.calendars import operations


def name_followed(event: AssignmentsStarted) -> None:
    """Who follows a patient from now on may read their name."""
    operations.follow_names(bubble_id=event.bubble_id, user_ids=event.user_ids)


def hide_name(event: AssignmentEnded) -> None:
    """A patient whom one no longer follows has no name in one's calendar."""
    operations.follow_names(enrolment_id=event.enrolment_id, user_ids=(event.user_id,))


def correct_name(event: PatientRenamed) -> None:
    """A corrected name shows at the next reading."""
    operations.follow_names(patient_id=event.patient_id)


def hide_every_name(event: BubbleClosed) -> None:
    """A team that has ended follows nobody, before each of its members has left."""
    operations.follow_names(bubble_id=event.bubble_id)
