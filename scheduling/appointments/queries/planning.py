"""Looking ahead before anything is written: each hour of a series, and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduling.agendas.queries.bookable import BookableService
from scheduling.appointments.queries.free import list_violations, nearest_slots
from scheduling.time.vocabulary import Violation

CHOICES = 2


@dataclass(frozen=True)
class Planned:
    """One hour of a series; ``wanted`` is None where the clocks skip it."""

    number: int
    wanted: datetime | None
    violations: Sequence[Violation]
    nearest: Sequence[datetime]

    @property
    def is_free(self) -> bool:
        """Say whether nothing stands against it."""
        return self.wanted is not None and not self.violations

    @property
    def is_taken(self) -> bool:
        """Say whether no reason can make it possible."""
        return self.wanted is None or Violation.OVERLAP in self.violations


def plan(service: BookableService, hours: Sequence[datetime | None]) -> list[Planned]:
    """Judge each hour by the rules of the agenda; name the nearest free ones where it is not."""
    known = [hour for hour in hours if hour is not None]
    planned = []
    for number, hour in enumerate(hours):
        violations = list_violations(service, hour, is_on_grid=False) if hour is not None else []
        is_free = hour is not None and not violations
        around = hour or (known[0] if known else None)
        nearest: list[datetime] = []
        if not is_free and around is not None:
            near = nearest_slots(service, around, count=CHOICES + len(known))
            nearest = sorted(
                [slot for slot in near if slot not in known],
                key=lambda slot, around=around: abs(slot - around),  # type: ignore[misc]
            )[:CHOICES]
        planned.append(Planned(number, hour, violations, nearest))
    return planned
