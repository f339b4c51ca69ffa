"""What happens to people cared for that others may care about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EnrolmentEnded:
    """A patient left a bubble, or was taken out of it."""

    enrolment_id: int


@dataclass(frozen=True)
class AssignmentEnded:
    """A caregiver no longer follows a patient in this bubble: what they could read ends here."""

    enrolment_id: int
    user_id: int
    """The caregiver's account."""
