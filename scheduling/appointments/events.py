"""What others hear of appointments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduling.appointments.vocabulary import ChangeKind, HeldFor
from scheduling.time.intervals import Period


class Cause(StrEnum):
    """Why appointments changed, where it decides who is told what."""

    ACT = "act"
    """Somebody wanted this very change."""
    ANSWER = "answer"
    """A patient accepted the hour that their caregiver proposed."""
    END_OF_CARE = "end_of_care"
    """Somebody left, or follows the patient no more: nothing of it can happen."""
    ZONE_CHANGE = "zone_change"
    """Their bubble is on another clock."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step of one appointment, as it was written."""

    appointment_id: int
    kind: ChangeKind
    by: int | None
    """The account that did it; None: whoever holds its link, or the application."""
    enrolment_id: int
    patient_id: int
    caregiver_id: int
    agenda_id: int
    type_id: int
    sequence: int
    """iCalendar SEQUENCE after the step."""
    before: Period | None
    """Where it was; None for what is new."""
    after: Period | None
    """Where it is; None for what is cancelled."""
    is_promised: bool = True
    """False for an hour that was only held: nobody but its holder ever knew of it."""
    held_for: HeldFor | None = None
    """For whom it was kept before."""
    replaces: int | None = None
    """The appointment that gave way to it, cancelled in the same fact."""
    replaced_by: int | None = None
    """The appointment to which it gave way, booked in the same fact."""

    @property
    def hour(self) -> datetime:
        """Return when it begins, or would have."""
        here = self.after or self.before
        assert here is not None  # noqa: S101  (a change has one of the two)
        return here.starts_at


@dataclass(frozen=True, slots=True)
class AppointmentsChanged:
    """Everything that one act changed of appointments, said once."""

    changes: tuple[Change, ...]
    cause: Cause = Cause.ACT
