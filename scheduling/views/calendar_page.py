"""Laying out days: the hours to choose from, and a caregiver's week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core import clock, wording
from scheduling.queries.appointments import AppointmentRow
from scheduling.queries.free import list_free_slots
from scheduling.queries.offers import Offer

DAYS_AT_ONCE = 5
MOST_DAYS = 60
OPENS, CLOSES = 8 * 60, 19 * 60
QUARTER = 15
LENGTHS = (180, 150, 120, 90, 75, 60, 45, 30, 15)
"""How long an event can be drawn, in minutes; what lasts longer is drawn as the longest."""


# ── Hours to choose from ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class SlotDay:
    """One day with its free hours, or the reason why it has none."""

    on: date
    slots: list[datetime]
    is_closed: bool


@dataclass(frozen=True)
class Shown:
    """What one page of hours shows, and where its neighbours are."""

    first_free: datetime | None
    blocks: list[list[SlotDay]]
    first: date
    last: date
    earlier: date | None
    later: date | None
    count: int
    can_grow: bool


def show_slots(offer: Offer, asked: Mapping[str, str], *, for_user_id: int) -> Shown:
    """Lay out the free hours from the day asked for, else from the first that has one."""
    zone = ZoneInfo(offer.zone)
    allowed = offer.window(clock.now())
    free = list_free_slots(offer, allowed, for_user_id=for_user_id)
    by_day: dict[date, list[datetime]] = defaultdict(list)
    for slot in free:
        by_day[slot.astimezone(zone).date()].append(slot)
    today = allowed.earliest.astimezone(zone).date()
    horizon = allowed.latest.astimezone(zone).date()
    natural = min(by_day, default=today)
    first = min(max(_date(asked.get("depuis")) or natural, today), horizon)
    count = min(max(_number(asked.get("jours")), DAYS_AT_ONCE), MOST_DAYS)
    days = _days_from(offer, first, count, horizon)
    shown = [SlotDay(on, by_day.get(on, []), not offer.opens_on(on)) for on in days]
    last = days[-1] if days else first
    return Shown(
        first_free=free[0] if free else None,
        blocks=[shown[i : i + DAYS_AT_ONCE] for i in range(0, len(shown), DAYS_AT_ONCE)],
        first=first,
        last=last,
        earlier=max(_days_back(offer, first), natural) if first > natural else None,
        later=last + timedelta(days=1) if last < horizon else None,
        count=count,
        can_grow=last < horizon and count < MOST_DAYS,
    )


def _days_from(offer: Offer, first: date, count: int, horizon: date) -> list[date]:
    days: list[date] = []
    day = first
    while len(days) < count and day <= horizon:
        if _is_drawn(offer, day):
            days.append(day)
        day += timedelta(days=1)
    return days


def _days_back(offer: Offer, first: date) -> date:
    day, found = first, 0
    while found < DAYS_AT_ONCE and first - day < timedelta(days=14):
        day -= timedelta(days=1)
        found += _is_drawn(offer, day)
    return day


def _is_drawn(offer: Offer, day: date) -> bool:
    """A closed weekday is shown as such; a closed weekend is nothing to know."""
    return day.weekday() < 5 or offer.opens_on(day)  # noqa: PLR2004  (Saturday and Sunday)


def _date(typed: str | None) -> date | None:
    try:
        return date.fromisoformat(typed or "")
    except ValueError:
        return None


def _number(typed: str | None) -> int:
    return int(typed) if typed and typed.isdecimal() and len(typed) < 4 else 0  # noqa: PLR2004


# ── A week ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Placed:
    """Appointments that begin in one quarter of an hour, and how they are drawn."""

    at: str
    length: int
    rows: list[AppointmentRow]


@dataclass(frozen=True)
class WeekDay:
    """One column of the week."""

    on: date
    is_today: bool
    is_shown: bool
    placed: list[Placed]
    outside: list[AppointmentRow]
    now_at: str


def lay_out_week(
    rows: Sequence[AppointmentRow], monday: date, shown: date, now: datetime, zone: str
) -> list[WeekDay]:
    """Draw Monday to Friday, and the weekend as far as something happens."""
    by_day: dict[date, list[AppointmentRow]] = defaultdict(list)
    for row in rows:
        by_day[row.local_start.date()].append(row)
    local = wording.in_zone(now, zone)
    days = [monday + timedelta(days=number) for number in range(7)]
    while len(days) > DAYS_AT_ONCE and days[-1] not in by_day and days[-1] != shown:
        days.pop()
    return [_lay_out_day(day, by_day[day], shown, local) for day in days]


def _lay_out_day(
    day: date, rows: Sequence[AppointmentRow], shown: date, local: datetime
) -> WeekDay:
    quarters: dict[int, list[AppointmentRow]] = defaultdict(list)
    outside = []
    for row in rows:
        minute = _minute(row.local_start)
        if OPENS <= minute < CLOSES:
            quarters[minute - minute % QUARTER].append(row)
        else:
            outside.append(row)
    is_today = day == local.date()
    return WeekDay(
        on=day,
        is_today=is_today,
        is_shown=day == shown,
        placed=[
            Placed(_class(quarter), _length(quarter, group), group)
            for quarter, group in sorted(quarters.items())
        ],
        outside=outside,
        now_at=_class(_minute(local) - _minute(local) % QUARTER)
        if is_today and OPENS <= _minute(local) < CLOSES
        else "",
    )


def _length(quarter: int, group: Sequence[AppointmentRow]) -> int:
    last = max(quarter % QUARTER + _minute(row.local_start) + row.minutes for row in group)
    span = min(last - last % QUARTER, CLOSES) - quarter
    return next((length for length in LENGTHS if length <= span), QUARTER)


def _class(minute: int) -> str:
    return f"{minute // 60:02}{minute % 60:02}"


def _minute(local: datetime | time | Any) -> int:
    return int(local.hour) * 60 + int(local.minute)
