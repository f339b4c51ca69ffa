"""What others hear of agendas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.time.intervals import Period


@dataclass(frozen=True, slots=True)
class AbsenceRemoved:
    """A caregiver is there after all: this time of theirs came back, once or each week."""

    caregiver_id: int
    periods: Sequence[Period]
