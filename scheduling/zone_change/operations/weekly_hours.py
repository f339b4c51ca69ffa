"""Weekly hours and single days that keep their moments when the clock of the place changes."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core import clock, wording
from core.database import db
from scheduling.agendas.models import Absence, Availability, ExceptionalHours
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.time.clock_moves import difference, shift_week
from scheduling.time.openings import (
    DAY,
    DayRange,
    WeeklyRange,
    instant,
    minute_of,
    open_stretches,
    wall_clock,
)
from scheduling.zone_change.queries import list_governed_days, list_governed_hours

_EPOCH = date(1970, 1, 1).toordinal()
_ONE_DAY = timedelta(days=1)


def shift_hours(bubble_id: int, before: str, after: str) -> None:
    """Write what the new clock shows of them; the week by how far apart both clocks are today."""
    weekly = list_governed_hours(bubble_id)
    days = list_governed_days(bubble_id)
    _shift_days(weekly, days, before, after)
    minutes = difference(clock.now(), before, after)
    if not minutes:
        return
    for row in weekly:
        for part in shift_week(_range(row), minutes):
            db.session.add(
                Availability(
                    agenda_id=row.agenda_id,
                    weekday=part.weekday,
                    starts_at=wall_clock(part.start),
                    ends_at=wall_clock(part.end),
                    valid_from=part.first,
                    valid_until=part.last,
                    consultation_types=list(row.consultation_types),
                )
            )
        db.session.delete(row)


def _range(row: Availability) -> WeeklyRange:
    start, end = minute_of(row.starts_at), minute_of(row.ends_at)
    return WeeklyRange(row.weekday, start, end, row.valid_from, row.valid_until)


def _shift_days(
    weekly: list[Availability], days: list[ExceptionalHours], before: str, after: str
) -> None:
    """Give each day that a single day reaches into the very stretches that were open then."""
    by_agenda: dict[int, list[ExceptionalHours]] = defaultdict(list)
    for row in days:
        by_agenda[row.agenda_id].append(row)
    for agenda_id, rows in by_agenda.items():
        hours = tuple(
            _range(availability) for availability in weekly if availability.agenda_id == agenda_id
        )
        single = tuple(
            DayRange(row.day, minute_of(row.starts_at), minute_of(row.ends_at)) for row in rows
        )
        for row in rows:
            db.session.delete(row)
        for day in sorted(_reached({row.day for row in rows}, before, after)):
            _write_day(agenda_id, day, _open_on(day, hours, single, before, after), after, rows[0])


def _reached(days: set[date], before: str, after: str) -> set[date]:
    reached = set()
    for day in days:
        start = _midnight(day, before)
        end = _midnight(day + _ONE_DAY, before) - timedelta(minutes=1)
        reached |= {wording.in_zone(moment, after).date() for moment in (start, end)}
    return reached


def _open_on(
    day: date,
    hours: tuple[WeeklyRange, ...],
    single: tuple[DayRange, ...],
    before: str,
    after: str,
) -> list[tuple[int, int]]:
    """Return what was open during a day of the new clock, in minutes of that day."""
    start, end = _midnight(day, after), _midnight(day + _ONE_DAY, after)
    number = day.toordinal() - _EPOCH
    opened = []
    for stretch in open_stretches(hours, before, number - 1, number + 1, single):
        begins, ends = max(instant(stretch.start), start), min(instant(stretch.end), end)
        if begins < ends:
            shown = wording.in_zone(begins, after)
            first = shown.hour * 60 + shown.minute
            opened.append((first, min(DAY, first + int((ends - begins).total_seconds()) // 60)))
    return opened


def _write_day(
    agenda_id: int, day: date, opened: list[tuple[int, int]], zone: str, was: ExceptionalHours
) -> None:
    db.session.add_all(
        ExceptionalHours(
            agenda_id=agenda_id, day=day, starts_at=wall_clock(start), ends_at=wall_clock(end)
        )
        for start, end in opened
    )
    if not opened:  # a day without a row would have its weekly hours again
        db.session.add(
            Absence(
                user_id=was.agenda.user_id,
                agenda_id=agenda_id,
                kind=AbsenceKind.BLOCKED,
                starts_at=_midnight(day, zone),
                ends_at=_midnight(day + _ONE_DAY, zone),
                created_at=clock.now(),
            )
        )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(clock.now().tzinfo)
