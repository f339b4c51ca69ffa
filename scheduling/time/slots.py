"""Which hours can be booked: the hours of an agenda, minus what is taken, cut into slots.

Everything in the middle is whole minutes since 1970 in UTC. One set of rules judges the slots that
are offered and the hour that is asked for: ``bookable`` gives exactly the hours against which
``broken_rules`` finds nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling.time.intervals import Interval, merge
from scheduling.time.openings import DAY, DayRange, WeeklyRange, instant, open_stretches
from scheduling.time.vocabulary import Violation

COARSEST_STEP = 30


@dataclass(frozen=True, slots=True)
class Window:
    """From when, until when slots may begin, both included."""

    earliest: datetime
    latest: datetime


class Taken(NamedTuple):
    """Time promised to somebody, with the minutes that go with it before and after."""

    starts_at: datetime
    ends_at: datetime
    before: int = 0
    after: int = 0
    type_id: int | None = None

    @property
    def whole(self) -> tuple[datetime, datetime]:
        """Return the time that it takes altogether."""
        before, after = timedelta(minutes=self.before), timedelta(minutes=self.after)
        return self.starts_at - before, self.ends_at + after


class Closed(NamedTuple):
    """Time in which one agenda, or all, take no appointment."""

    starts_at: datetime
    ends_at: datetime
    agenda_id: int | None = None


@dataclass(frozen=True, slots=True)
class Diary:
    """What stands in a caregiver's way, for a while."""

    taken: Sequence[Taken] = ()
    closed: Sequence[Closed] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What one agenda and one consultation type ask of an hour."""

    zone: str
    hours: tuple[WeeklyRange, ...]
    duration: int
    days: tuple[DayRange, ...] = ()
    before: int = 0
    after: int = 0
    daily_maximum: int | None = None
    type_id: int | None = None
    agenda_id: int | None = None


def step_of(duration: int) -> int:
    """Return how many minutes lie between two beginnings: the duration, half an hour at most."""
    return min(duration, COARSEST_STEP)


# ── What is free ──────────────────────────────────────────────────────────────────────────────


def bookable(
    rules: Rules, window: Window, diary: Diary, *, most: int | None = None
) -> list[datetime]:
    """Return the beginnings of the slots of ``window`` that break no rule; the ``most`` first."""
    full = _full_days(rules, diary)
    slots = free_slots(
        rules.hours,
        rules.zone,
        _in_the_way(rules, diary),
        rules.duration,
        window,
        days=rules.days,
        most=None if full else most,
    )
    if full:
        place = ZoneInfo(rules.zone)
        slots = [slot for slot in slots if slot.astimezone(place).date() not in full]
    return slots[:most]


def free_slots(
    hours: Sequence[WeeklyRange],
    zone: str,
    busy: Iterable[tuple[datetime, datetime]],
    duration: int,
    window: Window,
    *,
    days: Sequence[DayRange] = (),
    most: int | None = None,
) -> list[datetime]:
    """Return the beginnings of every free slot of the window, sorted, in UTC.

    Slots stand on a grid that starts with each range of hours, whatever is taken: an appointment
    moves no other one. The last slot of a range ends exactly with it where the grid says so.
    """
    earliest, latest = _ceil(window.earliest), _floor(window.latest)
    if earliest > latest:
        return []
    opened = open_stretches(tuple(hours), zone, earliest // DAY, latest // DAY, tuple(days))
    taken = merge(Interval(_floor(start), _ceil(end)) for start, end in busy)
    minutes = _sweep(opened, taken, duration, earliest, latest, most)
    return [instant(minute) for minute in minutes]


def _in_the_way(rules: Rules, diary: Diary) -> list[tuple[datetime, datetime]]:
    """Return when no slot may be: both its own buffers and its neighbours' are counted."""
    before, after = rules.before, rules.after
    busy = [
        (
            promised.starts_at - timedelta(minutes=promised.before + after),
            promised.ends_at + timedelta(minutes=promised.after + before),
        )
        for promised in diary.taken
    ]
    busy += [(closure.starts_at, closure.ends_at) for closure in _closed(rules, diary)]
    return busy


def _closed(rules: Rules, diary: Diary) -> Iterable[Closed]:
    return (closure for closure in diary.closed if closure.agenda_id in {None, rules.agenda_id})


def _full_days(rules: Rules, diary: Diary) -> set[date]:
    """Return the days of the place on which the daily maximum is reached."""
    if rules.daily_maximum is None:
        return set()
    place = ZoneInfo(rules.zone)
    counted = Counter(
        promised.starts_at.astimezone(place).date()
        for promised in diary.taken
        if promised.type_id == rules.type_id
    )
    return {day for day, count in counted.items() if count >= rules.daily_maximum}


# ── What stands against an hour ───────────────────────────────────────────────────────────────


def broken_rules(
    rules: Rules, window: Window, diary: Diary, starts_at: datetime, *, is_on_grid: bool = True
) -> list[Violation]:
    """Return every rule that stands against an hour, none when it can be booked.

    ``is_on_grid``: whether it must begin with one of the slots; caregivers may book between them.
    """
    ends_at = starts_at + timedelta(minutes=rules.duration)
    violations = []
    if starts_at < window.earliest:
        violations.append(Violation.TOO_SOON)
    if starts_at > window.latest:
        violations.append(Violation.TOO_FAR)
    violations += _against_hours(rules, starts_at, is_on_grid=is_on_grid)
    if any(
        _meet(starts_at, ends_at, closure.starts_at, closure.ends_at)
        for closure in _closed(rules, diary)
    ):
        violations.append(Violation.ABSENCE)
    if starts_at.astimezone(ZoneInfo(rules.zone)).date() in _full_days(rules, diary):
        violations.append(Violation.MAXIMUM)
    if any(
        _meet(starts_at, ends_at, promised.starts_at, promised.ends_at) for promised in diary.taken
    ):
        violations.append(Violation.OVERLAP)
    else:
        own = Taken(starts_at, ends_at, rules.before, rules.after)
        if any(_meet(*own.whole, *promised.whole) for promised in diary.taken):
            violations.append(Violation.BUFFER)
    return violations


def _against_hours(rules: Rules, starts_at: datetime, *, is_on_grid: bool) -> list[Violation]:
    start, is_whole = _floor(starts_at), starts_at.timestamp() % 60 == 0
    end = _ceil(starts_at) + rules.duration
    opened = open_stretches(rules.hours, rules.zone, start // DAY, end // DAY, rules.days)
    home = next(
        (stretch for stretch in opened if stretch.start <= start and end <= stretch.end), None
    )
    if home is None:
        return [Violation.OUTSIDE_HOURS]
    fits = is_whole and (start - home.start) % step_of(rules.duration) == 0
    return [] if fits or not is_on_grid else [Violation.OFF_GRID]


def _meet(start: datetime, end: datetime, other_start: datetime, other_end: datetime) -> bool:
    return start < other_end and other_start < end


def _sweep(
    opened: list[Interval],
    taken: list[Interval],
    duration: int,
    earliest: int,
    latest: int,
    most: int | None,
) -> list[int]:
    """Walk both sorted lists once."""
    starts: list[int] = []
    step = step_of(duration)
    index, count = 0, len(taken)
    for stretch in opened:
        start, last = stretch.start, min(stretch.end - duration, latest)
        if start < earliest:
            start += -(-(earliest - start) // step) * step
        while start <= last:
            while index < count and taken[index].end <= start:
                index += 1
            if index < count and taken[index].start < start + duration:
                start += -(-(taken[index].end - start) // step) * step
            else:
                starts.append(start)
                start += step
        if most is not None and len(starts) >= most:
            break
    return starts[:most]


def _floor(moment: datetime) -> int:
    return int(moment.timestamp() // 60)


def _ceil(moment: datetime) -> int:
    return -int(-moment.timestamp() // 60)
