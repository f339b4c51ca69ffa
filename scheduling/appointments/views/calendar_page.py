"""Laying out days: the hours to choose from, and a caregiver's week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core import clock, reading, wording
from scheduling.agendas.queries.bookable import BookableService
from scheduling.appointments.queries.appointments import AppointmentRow
from scheduling.appointments.queries.diary import AbsenceRow, DiaryDay, FreeStretch
from scheduling.appointments.queries.free import NEAR, FreeHours
from scheduling.appointments.views.lines import AppointmentLine, Say

DAYS_AT_ONCE = 5
MOST_DAYS = 60
OPENS, CLOSES = 8 * 60, 19 * 60
QUARTER = 15
LENGTHS = (660, 600, 540, 480, 420, 360, 300, 240, 180, 150, 120, 90, 75, 60, 45, 30, 15)
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


def show_slots(
    service: BookableService,
    asked: Mapping[str, str],
    *,
    but: Collection[int] = (),
    not_at: datetime | None = None,
) -> Shown:
    """Lay out the free hours from the day asked for, else from the first that has one.

    ``but``: the appointments that stand in nobody's way; ``not_at``: the hour that what is moved
    has already.
    """
    zone = ZoneInfo(service.zone)
    allowed = service.window(clock.now())
    count = min(max(_number(asked.get("jours")), DAYS_AT_ONCE), MOST_DAYS)
    weeks = timedelta(weeks=-(-count // DAYS_AT_ONCE))
    ahead = max(NEAR, weeks) + timedelta(weeks=1)
    free = FreeHours(service, ahead, but=but, not_at=not_at)
    first_free = free.first()
    today = allowed.earliest.astimezone(zone).date()
    horizon = allowed.latest.astimezone(zone).date()
    natural = first_free.astimezone(zone).date() if first_free else today
    first = min(max(_date(asked.get("depuis")) or natural, today), horizon)
    days = _days_from(service, first, count, horizon)
    last = days[-1] if days else first
    by_day: dict[date, list[datetime]] = defaultdict(list)
    if first_free is not None:
        for slot in free.between(*_whole_days(first, last, zone)):
            by_day[slot.astimezone(zone).date()].append(slot)
    shown = [SlotDay(on, by_day.get(on, []), not service.opens_on(on)) for on in days]
    return Shown(
        first_free=first_free,
        blocks=[shown[i : i + DAYS_AT_ONCE] for i in range(0, len(shown), DAYS_AT_ONCE)],
        first=first,
        last=last,
        earlier=max(_days_back(service, first), natural) if first > natural else None,
        later=last + timedelta(days=1) if last < horizon else None,
        count=count,
        can_grow=last < horizon and count < MOST_DAYS,
    )


def _whole_days(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return from the first midnight to the last minute."""
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    return datetime.combine(first, time(), zone), end - timedelta(minutes=1)


def _days_from(service: BookableService, first: date, count: int, horizon: date) -> list[date]:
    days: list[date] = []
    day = first
    while len(days) < count and day <= horizon:
        if _is_drawn(service, day):
            days.append(day)
        day += timedelta(days=1)
    return days


def _days_back(service: BookableService, first: date) -> date:
    day, drawn = first, 0
    while drawn < DAYS_AT_ONCE and first - day < timedelta(days=14):
        day -= timedelta(days=1)
        drawn += _is_drawn(service, day)
    return day


def _is_drawn(service: BookableService, day: date) -> bool:
    """A closed weekday is shown as such; a closed weekend is nothing to know."""
    return day.weekday() < 5 or service.opens_on(day)  # noqa: PLR2004  (Saturday and Sunday)


def _date(typed: str | None) -> date | None:
    return reading.day(typed)


def _number(typed: str | None) -> int:
    return reading.number(typed, most=999) or 0


# ── A week ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Placed:
    """What begins in one quarter of an hour, and how it is drawn."""

    at: str
    length: int
    lines: list[AppointmentLine]
    absence: AbsenceRow | None = None
    free: FreeStretch | None = None


@dataclass(frozen=True)
class WeekDay:
    """One column of the week."""

    on: date
    is_today: bool
    is_shown: bool
    placed: list[Placed]
    outside: list[AppointmentLine]
    absences: list[AbsenceRow]
    now_at: str


def lay_out_week(
    diary: Sequence[DiaryDay], shown: date, now: datetime, zone: str, say: Say
) -> list[WeekDay]:
    """Draw Monday to Friday, and the weekend as far as something happens.

    ``say`` puts appointments into words.
    """
    local = wording.in_zone(now, zone)
    days = list(diary)
    while len(days) > DAYS_AT_ONCE and not days[-1].rows and days[-1].on != shown:
        days.pop()
    return [_lay_out_day(day, shown, local, zone, say) for day in days]


def _lay_out_day(day: DiaryDay, shown: date, local: datetime, zone: str, say: Say) -> WeekDay:
    quarters: dict[int, list[AppointmentRow]] = defaultdict(list)
    outside = []
    for row in day.rows:
        minute = _minute(row.local_start)
        if OPENS <= minute < CLOSES:
            quarters[minute - minute % QUARTER].append(row)
        else:
            outside.append(row)
    is_today = day.on == local.date()
    placed = [
        Placed(_class(quarter), _length(quarter, group), say(group))
        for quarter, group in sorted(quarters.items())
    ]
    placed += [_place_absence(absence, day.on, zone) for absence in day.absences]
    placed += [drawn for stretch in day.free if (drawn := _place_free(stretch)) is not None]
    return WeekDay(
        on=day.on,
        is_today=is_today,
        is_shown=day.on == shown,
        placed=sorted(placed, key=lambda block: block.at),
        outside=say(outside),
        absences=day.absences,
        now_at=_class(_minute(local) - _minute(local) % QUARTER)
        if is_today and OPENS <= _minute(local) < CLOSES
        else "",
    )


def _place_absence(absence: AbsenceRow, on: date, zone: str) -> Placed:
    """Draw what of an absence is on this day, between the first and the last hour drawn."""
    begins, ends = wording.in_zone(absence.starts_at, zone), wording.in_zone(absence.ends_at, zone)
    start = _minute(begins) if begins.date() == on else 0
    end = _minute(ends) if ends.date() == on else CLOSES
    start = min(max(start, OPENS), CLOSES - QUARTER)
    start -= start % QUARTER
    return Placed(_class(start), _fitting(min(end, CLOSES) - start), [], absence=absence)


def _place_free(free: FreeStretch) -> Placed | None:
    """Draw a free stretch where a plus sign can be pressed: its first half-hour."""
    local = wording.in_zone(free.starts_at, free.zone)
    start = -(-_minute(local) // QUARTER) * QUARTER
    if not OPENS <= start < CLOSES:
        return None
    left = int((free.ends_at - free.starts_at).total_seconds()) // 60
    return Placed(_class(start), 30 if left >= 30 else QUARTER, [], free=free)  # noqa: PLR2004


def _length(quarter: int, group: Sequence[AppointmentRow]) -> int:
    last = max(quarter % QUARTER + _minute(row.local_start) + row.minutes for row in group)
    return _fitting(min(last - last % QUARTER, CLOSES) - quarter)


def _fitting(span: int) -> int:
    return next((length for length in LENGTHS if length <= span), QUARTER)


def _class(minute: int) -> str:
    return f"{minute // 60:02}{minute % 60:02}"


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute
