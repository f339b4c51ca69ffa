"""Repeating an hour over weeks: the wall clock stays, whatever the clocks do in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MOST = 26
"""Repetitions at once, the first one included."""


def weekly(starts_at: datetime, zone: str, *, every: int, times: int) -> list[datetime | None]:
    """Return the instants of the same wall clock, ``every`` so many weeks, the first one included.

    An hour that the clocks skip does not exist that day: None stands in its place. Of an hour
    that they repeat, the first one is meant unless the series itself begins with the second.
    """
    place = ZoneInfo(zone)
    first = starts_at.astimezone(place)
    found: list[datetime | None] = []
    for number in range(min(times, MOST)):
        local = (first.replace(tzinfo=None) + timedelta(weeks=every * number)).replace(
            tzinfo=place, fold=first.fold
        )
        instant = local.astimezone(UTC)
        exists = instant.astimezone(place).replace(tzinfo=None) == local.replace(tzinfo=None)
        found.append(instant if exists else None)
    return found
