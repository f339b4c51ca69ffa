"""The same wall-clock hours, week after week, across changes of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MOST = 104
"""Two years of weeks: more is a change of hours."""
MOST_HOURS = 26
"""Half a year of appointments made at once, the first one included."""
_WEEK = timedelta(days=7)


def instant_at(local: datetime, zone: str, *, is_end: bool = False) -> datetime:
    """Return the instant at which the clocks of the place show this.

    An hour that they skip is as long after the change as it is written after it; of an hour that
    they show twice, a beginning is the first and an end the second.
    """
    place = ZoneInfo(zone)
    return local.replace(tzinfo=place, fold=int(is_end and _is_repeated(local, place))).astimezone(
        UTC
    )


def weekly(
    start: datetime, end: datetime, zone: str, *, until: date, weeks: int = 1
) -> list[tuple[datetime, datetime]]:
    """Return the instants of each repetition that begins up to a day of the place, at most 104.

    ``start`` and ``end`` are what the clocks of the place show the first time; ``weeks``: one of
    how many.
    """
    repetitions: list[tuple[datetime, datetime]] = []
    step = _WEEK * weeks
    while start.date() <= until and len(repetitions) < MOST:
        repetitions.append((instant_at(start, zone), instant_at(end, zone, is_end=True)))
        start, end = start + step, end + step
    return repetitions


def same_hours(starts_at: datetime, zone: str, *, weeks: int, times: int) -> list[datetime | None]:
    """Return that hour of the clock, one of how many ``weeks``, so many times, the first included.

    None stands for an hour that the clocks skip on its day: a patient cannot come then.
    """
    place = ZoneInfo(zone)
    first = starts_at.astimezone(place)
    shown = [
        first.replace(tzinfo=None) + _WEEK * weeks * number
        for number in range(min(times, MOST_HOURS))
    ]
    instants = [local.replace(tzinfo=place, fold=first.fold).astimezone(UTC) for local in shown]
    return [
        instant if instant.astimezone(place).replace(tzinfo=None) == local else None
        for instant, local in zip(instants, shown, strict=True)
    ]


def _is_repeated(local: datetime, place: ZoneInfo) -> bool:
    """Of an hour that clocks repeat, the second is later; of one that they skip, it is earlier."""
    first = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    return local.replace(tzinfo=place, fold=1).astimezone(UTC) > first
