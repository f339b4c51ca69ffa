"""Which hours can be booked: weekly hours, minus what is taken, cut into slots.

Everything in the middle is whole minutes since 1970 in UTC. Wall clocks appear only where the
weekly hours are laid on stretches of constant offset: an hour that the clocks skip is in none,
an hour that they repeat is in two.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.intervals import Interval, merge

DAY = 24 * 60
COARSEST_STEP = 30


@dataclass(frozen=True, slots=True)
class WeeklyRange:
    """A wall-clock range on one weekday (0 is Monday), in minutes after midnight."""

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """From when, until when slots may begin, both included."""

    earliest: datetime
    latest: datetime


def step_of(duration: int) -> int:
    """Return how many minutes lie between two beginnings: the duration, half an hour at most."""
    return min(duration, COARSEST_STEP)


def overlapping_weekday(hours: Iterable[WeeklyRange]) -> int | None:
    """Return the first weekday with a reversed range, or with two that overlap."""
    last: dict[int, int] = {}
    for one in sorted(hours, key=lambda range_: (range_.weekday, range_.start)):
        if one.start >= one.end or one.start < last.get(one.weekday, 0):
            return one.weekday
        last[one.weekday] = one.end
    return None


def free_slots(
    hours: Sequence[WeeklyRange],
    zone: str,
    busy: Iterable[tuple[datetime, datetime]],
    duration: int,
    window: Window,
) -> list[datetime]:
    """Return the beginnings of every free slot of the window, sorted, in UTC.

    Slots stand on a grid that starts with each range of hours, whatever is taken: an appointment
    moves no other one. The last slot of a range ends exactly with it where the grid says so.
    """
    earliest, latest = _ceil(window.earliest), _floor(window.latest)
    if earliest > latest:
        return []
    opened = open_stretches(tuple(hours), zone, earliest // DAY, latest // DAY)
    taken = merge(Interval(_floor(start), _ceil(end)) for start, end in busy)
    found = _sweep(opened, taken, duration, step_of(duration))
    first, after = bisect_left(found, earliest), bisect_left(found, latest + 1)
    return [instant(minute) for minute in found[first:after]]


@lru_cache(maxsize=512)
def open_stretches(
    hours: tuple[WeeklyRange, ...], zone: str, first_day: int, last_day: int
) -> list[Interval]:
    """Lay weekly hours on the days given (since 1970) and their neighbours, as real time.

    Local days are laid whole, so that the grid of a day does not depend on the moment of asking.
    """
    laid = []
    for stretch, offset in _stretches(zone, first_day - 2, last_day + 3):
        first, last = (stretch.start + offset) // DAY, (stretch.end + offset - 1) // DAY
        for day in range(first, last + 1):
            weekday = (day + 3) % 7  # 1 January 1970 was a Thursday
            for one in hours:
                if one.weekday == weekday:
                    start = max(day * DAY + one.start - offset, stretch.start)
                    end = min(day * DAY + one.end - offset, stretch.end)
                    laid.append(Interval(start, end))
    return merge(laid)


def instant(minute: int) -> datetime:
    """Return the instant of a minute since 1970."""
    return datetime.fromtimestamp(minute * 60, UTC)


def _sweep(opened: list[Interval], taken: list[Interval], duration: int, step: int) -> list[int]:
    """Walk both sorted lists once."""
    found: list[int] = []
    index, count = 0, len(taken)
    for stretch in opened:
        start, last = stretch.start, stretch.end - duration
        while start <= last:
            while index < count and taken[index].end <= start:
                index += 1
            if index < count and taken[index].start < start + duration:
                start += -(-(taken[index].end - start) // step) * step
            else:
                found.append(start)
                start += step
    return found


@lru_cache(maxsize=256)
def _stretches(zone: str, first_day: int, last_day: int) -> list[tuple[Interval, int]]:
    """Cut the days into stretches during which the zone keeps one offset from UTC."""
    place = ZoneInfo(zone)
    stretches = []
    start, offset = first_day * DAY, _offset(place, first_day * DAY)
    for day in range(first_day + 1, last_day + 1):
        changed = _offset(place, day * DAY)
        if changed != offset:
            turn = _turn(place, (day - 1) * DAY, day * DAY)
            stretches.append((Interval(start, turn), offset))
            start, offset = turn, changed
    stretches.append((Interval(start, last_day * DAY), offset))
    return stretches


def _turn(place: ZoneInfo, before: int, after: int) -> int:
    """Return the first minute of the new offset, between two minutes that differ."""
    old = _offset(place, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(place, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(place: ZoneInfo, minute: int) -> int:
    offset = instant(minute).astimezone(place).utcoffset() or timedelta()
    return int(offset.total_seconds()) // 60


def _floor(moment: datetime) -> int:
    return int(moment.timestamp() // 60)


def _ceil(moment: datetime) -> int:
    return -int(-moment.timestamp() // 60)
