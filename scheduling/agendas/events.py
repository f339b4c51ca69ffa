"""What others hear of agendas."""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.time.intervals import Period


@dataclass(frozen=True, slots=True)
class AbsenceRemoved:
    """A caregiver is there after all: this time of theirs came back."""

    caregiver_id: int
    period: Period
