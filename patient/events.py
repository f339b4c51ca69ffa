"""What happens to people cared for that others may care about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EnrolmentEnded:
    """A patient left a bubble, or was taken out of it."""

    enrolment_id: int


@dataclass(frozen=True)
class AssignmentsStarted:
    """Caregivers of a bubble follow patients whom they did not follow before."""

    bubble_id: int
    user_ids: tuple[int, ...]
    """The caregivers' accounts."""


@dataclass(frozen=True)
class PatientRenamed:
    """Somebody's name was written otherwise: whatever shows it shows another one."""

    patient_id: int


@dataclass(frozen=True)
class AssignmentEnded:
    """A caregiver no longer follows a patient in this bubble: what they could read ends here."""

    enrolment_id: int
    user_id: int
    """The caregiver's account."""
