"""When the clocks of a zone change, and the yearly rule that they follow, from the zone database.

The database keeps the rule now in force as a line of POSIX: « CET-1CEST,M3.5.0,M10.5.0/3 » says
last Sunday of March at 2, last Sunday of October at 3. A zone whose changes follow no such rule
(the moon, a decree) has them one by one.
"""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

KNOWN_FROM = datetime(2020, 1, 1, tzinfo=UTC)
"""Nothing was promised before that; from here on every change is told."""
_LOOKED_FROM = datetime(2018, 1, 1, tzinfo=UTC)
_LOOKED_UNTIL = datetime(2101, 1, 1, tzinfo=UTC)
"""The database lists changes without a rule as far as 2087."""
_A_DAY, _A_WEEK = timedelta(days=1), timedelta(days=7)
_RULE = re.compile(r"M(\d+)\.(\d)\.(\d)(?:/([+-]?)(\d+)(?::(\d+))?(?::(\d+))?)?")
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_LAST = 5


@dataclass(frozen=True, slots=True)
class Change:
    """One instant at which the clocks of a zone are set."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    is_daylight: bool

    @property
    def onset(self) -> datetime:
        """Return what the clock that is being left shows at that instant."""
        return (self.at + self.before).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Changes that come back every year for good: the first one, and how."""

    first: Change
    rrule: str


@dataclass(frozen=True, slots=True)
class ClockChanges:
    """What is known of a zone's clock: as it was, changes one by one, then those with a rule."""

    base_offset: timedelta
    base_name: str
    single: tuple[Change, ...]
    yearly: tuple[Recurrence, ...]

    @property
    def are_those_of_utc(self) -> bool:
        """Say whether the clock always shows UTC."""
        return not (self.base_offset or self.single or self.yearly)

    @property
    def covers_the_beginning(self) -> bool:
        """Say whether a change before the first promise tells how the clock stood then."""
        known = [*self.single, *(recurrence.first for recurrence in self.yearly)]
        return any(change.at <= KNOWN_FROM for change in known)


@lru_cache(maxsize=512)
def clock_changes(zone: str) -> ClockChanges:
    """Return the changes of a zone's clock from 2020 on."""
    place = ZoneInfo(zone)
    changes = _list_changes(place)
    yearly: dict[_YearlyRule, Change] = {}
    for rule in _read_rules(zone):
        # From the latest one backwards, as long as each year has had the very same change.
        for change in reversed([change for change in changes if _follows(rule, change)]):
            following = yearly.get(rule)
            if following is not None and not _is_a_year_before(change, following):
                break
            yearly[rule] = change
    regular = {
        change
        for rule, first in yearly.items()
        for change in changes
        if change.at >= first.at and _follows(rule, change)
    }
    start = _LOOKED_FROM.astimezone(place)
    return ClockChanges(
        base_offset=start.utcoffset() or timedelta(),
        base_name=start.tzname() or "",
        single=tuple(change for change in changes if change not in regular),
        yearly=tuple(Recurrence(first, rule.rrule) for rule, first in yearly.items()),
    )


def _list_changes(place: ZoneInfo) -> list[Change]:
    """Find each change to the second, in steps of a week: no two were ever nearer than a month."""
    changes, day = [], _LOOKED_FROM
    state = _state(place, day)
    while day < _LOOKED_UNTIL:
        following = day + _A_WEEK
        then = _state(place, following)
        if then != state:
            changes.append(_change(place, day, following))
        day, state = following, then
    return changes


def _state(place: ZoneInfo, instant: datetime) -> tuple[timedelta | None, bool]:
    local = instant.astimezone(place)
    return local.utcoffset(), bool(local.dst())


def _change(place: ZoneInfo, early: datetime, late: datetime) -> Change:
    before = _state(place, early)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // timedelta(seconds=2) * timedelta(seconds=1)
        early, late = (middle, late) if _state(place, middle) == before else (early, middle)
    old, new = before[0] or timedelta(), late.astimezone(place).utcoffset() or timedelta()
    was, is_special = before[1], _state(place, late)[1]
    return Change(
        at=late,
        before=old,
        after=new,
        name=late.astimezone(place).tzname() or "",
        # Dublin and Casablanca call winter the exception: readers want summer to be it.
        is_daylight=was != is_special and new > old,
    )


@dataclass(frozen=True, slots=True)
class _YearlyRule:
    """One half of a POSIX rule: a weekday of a month, and the hour on the clock being left."""

    month: int
    weekday: str
    ordinal: int | None
    """1 to 4, -1 for the last; None: among these days of the month."""
    days: tuple[int, ...]
    time: timedelta

    @property
    def rrule(self) -> str:
        head = f"FREQ=YEARLY;BYMONTH={self.month};BYDAY="
        if self.ordinal is not None:
            return f"{head}{self.ordinal}{self.weekday}"
        return f"{head}{self.weekday};BYMONTHDAY={','.join(map(str, self.days))}"


def _follows(rule: _YearlyRule, change: Change) -> bool:
    onset = change.onset
    midnight = datetime.combine(onset.date(), datetime.min.time())
    return (
        onset.month == rule.month
        and onset.day in rule.days
        and _WEEKDAYS[onset.isoweekday() % 7] == rule.weekday
        and onset - midnight == rule.time
    )


def _is_a_year_before(change: Change, following: Change) -> bool:
    return (
        change.onset.year + 1 == following.onset.year
        and replace(change, at=following.at) == following
    )


def _read_rules(zone: str) -> tuple[_YearlyRule, ...]:
    """Return both halves of the rule now in force; nothing when it can only be told by dates."""
    line = _read_file(zone).rstrip(b"\n").rpartition(b"\n")[2].decode("ascii")
    _names, *halves = line.split(",")
    rules = [_read_rule(half) for half in halves]
    return tuple(rule for rule in rules if rule is not None) if all(rules) else ()


def _read_rule(text: str) -> _YearlyRule | None:
    """Read « M3.5.0/-1 »: hours before midnight or beyond the next one name another day."""
    match = _RULE.fullmatch(text)
    if match is None:
        return None
    month, week, weekday = (int(match[group]) for group in (1, 2, 3))
    hours, minutes, seconds = (int(match[group] or 0) for group in (5, 6, 7))
    time = timedelta(hours=hours if match[5] else 2, minutes=minutes, seconds=seconds)
    moved, time = divmod(-time if match[4] == "-" else time, _A_DAY)
    length = 28 if month == 2 else 30 if month in {4, 6, 9, 11} else 31  # noqa: PLR2004
    first = length - 6 if week == _LAST else 7 * week - 6
    days = tuple(range(first + moved, first + moved + 7))
    if days[0] < 1 or days[-1] > length:
        return None
    ordinal = None if moved else -1 if week == _LAST else week
    return _YearlyRule(month, _WEEKDAYS[(weekday + moved) % 7], ordinal, days, time)


def _read_file(zone: str) -> bytes:
    for folder in zoneinfo.TZPATH:
        path = Path(folder, zone)
        if path.is_file():
            return path.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", zone).read_bytes()
