"""What calendar links show differently when something happens elsewhere."""

from __future__ import annotations

from bubbles.events import BubbleClosed
from patient.events import AssignmentEnded, AssignmentsStarted, PatientRenamed
from scheduling.appointments.events import AppointmentsChanged
from scheduling.appointments.queries.acts import may_have
from scheduling.appointments.vocabulary import ChangeKind
from scheduling.calendars import operations

SHOWN = {ChangeKind.BOOKED, ChangeKind.MOVED, ChangeKind.CANCELLED, ChangeKind.CLOCK_CHANGED}
"""What calendars say; whether somebody came is not."""


def follow_appointments(event: AppointmentsChanged) -> None:
    """Let programs know that there is something new to read, and write it where somebody reads."""
    shown = [
        change
        for change in event.changes
        if change.is_promised
        and change.kind in SHOWN
        and may_have(change.appointment_id, "has_feed")
    ]
    if shown:
        operations.follow_appointments(
            agenda_ids={change.agenda_id for change in shown},
            appointment_ids={change.appointment_id for change in shown},
        )


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
