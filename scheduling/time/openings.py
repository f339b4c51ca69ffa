"""When an agenda is open: hours on a wall clock, laid on real time.

Real time is whole minutes since 1970 in UTC. Hours are laid on stretches of constant offset: an
hour that the clocks skip is in none, an hour that they repeat is in two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.time.intervals import Interval, merge, subtract

DAY = 24 * 60
MIDNIGHT = time(23, 59, 59)
"""How the end of a day is written: no clock shows 24:00."""
_FIRST_DAY = date(1970, 1, 1).toordinal()
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeeklyRange:
    """A wall-clock range on one weekday (0 is Monday), in minutes after midnight."""

    weekday: int
    start: int
    end: int
    first: date | None = None
    """The first day on which it counts; None: always did."""
    last: date | None = None
    is_kept: bool | None = None
    """None: for any consultation; True: kept for the one in question; False: kept for others."""


@dataclass(frozen=True, slots=True)
class DayRange:
    """A wall-clock range on one single day, in place of its weekly ones."""

    day: date
    start: int
    end: int


def minute_of(wall_clock: time) -> int:
    """Return the minutes after midnight of an hour, the end of the day included."""
    if wall_clock == MIDNIGHT:
        return DAY
    return wall_clock.hour * 60 + wall_clock.minute


def wall_clock(minute: int) -> time:
    """Return the hour so many minutes after midnight; the end of the day is a second before it."""
    return MIDNIGHT if minute == DAY else time(minute // 60, minute % 60)


def overlapping_weekday(hours: Iterable[WeeklyRange]) -> int | None:
    """Return the first weekday with a reversed range, or with two that overlap."""
    last: dict[int, int] = {}
    for weekly_range in sorted(hours, key=lambda range_: (range_.weekday, range_.start)):
        earliest = last.get(weekly_range.weekday, 0)
        if weekly_range.start >= weekly_range.end or weekly_range.start < earliest:
            return weekly_range.weekday
        last[weekly_range.weekday] = weekly_range.end
    return None


def cut_out(
    hours: Iterable[WeeklyRange], first: date | None, last: date | None
) -> list[WeeklyRange]:
    """Return what remains of weekly hours outside a period, whose ends belong to it."""
    left = []
    for weekly_range in hours:
        if _is_before(weekly_range.last, first) or _is_before(last, weekly_range.first):
            left.append(weekly_range)
            continue
        if first is not None and (weekly_range.first is None or weekly_range.first < first):
            left.append(replace(weekly_range, last=first - _ONE_DAY))
        if last is not None and (weekly_range.last is None or last < weekly_range.last):
            left.append(replace(weekly_range, first=last + _ONE_DAY))
    return left


def _is_before(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and day < other


def instant(minute: int) -> datetime:
    """Return the instant of a minute since 1970."""
    return datetime.fromtimestamp(minute * 60, UTC)


@lru_cache(maxsize=512)
def open_stretches(
    hours: tuple[WeeklyRange, ...],
    zone: str,
    first_day: int,
    last_day: int,
    days: tuple[DayRange, ...] = (),
) -> list[Interval]:
    """Lay hours on the days given (since 1970) and their neighbours, as real time.

    Local days are laid whole, so that the grid of a day does not depend on the moment of asking.
    A range that is kept for other consultations closes what overlaps it.
    """
    single: dict[int, list[DayRange]] = defaultdict(list)
    for day_range in days:
        single[day_range.day.toordinal() - _FIRST_DAY].append(day_range)
    weekly: dict[int, list[WeeklyRange]] = defaultdict(list)
    for weekly_range in hours:
        weekly[weekly_range.weekday].append(weekly_range)
    laid: dict[bool | None, list[Interval]] = {None: [], True: [], False: []}
    for stretch, offset in _stretches(zone, first_day - 2, last_day + 3):
        first, last = (stretch.start + offset) // DAY, (stretch.end + offset - 1) // DAY
        for day in range(first, last + 1):
            midnight = day * DAY - offset
            if day in single:
                for one_day in single[day]:
                    _lay(laid[True], stretch, midnight + one_day.start, midnight + one_day.end)
                continue
            for weekly_range in weekly[(day + 3) % 7]:  # 1 January 1970 was a Thursday
                if _counts_on(weekly_range, day):
                    _lay(
                        laid[weekly_range.is_kept],
                        stretch,
                        midnight + weekly_range.start,
                        midnight + weekly_range.end,
                    )
    if laid[False]:
        return merge([*subtract(laid[None], laid[False]), *laid[True]])
    return merge([*laid[None], *laid[True]])


def _lay(laid: list[Interval], stretch: Interval, start: int, end: int) -> None:
    laid.append(Interval(max(start, stretch.start), min(end, stretch.end)))


def _counts_on(weekly_range: WeeklyRange, day: int) -> bool:
    if weekly_range.first is not None and day < weekly_range.first.toordinal() - _FIRST_DAY:
        return False
    return weekly_range.last is None or day <= weekly_range.last.toordinal() - _FIRST_DAY


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
