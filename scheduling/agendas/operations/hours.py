"""When an agenda is open: every week, for some consultations only, on one single day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import delete

from core.authorization import Wait, operation
from core.database import db
from core.errors import NotFoundError
from core.idempotency import once
from scheduling.agendas.errors import WrongHoursError, WrongPeriodError, WrongTypesError
from scheduling.agendas.models import Agenda, Availability, ExceptionalHours
from scheduling.agendas.policy import AgendaPermission
from scheduling.agendas.queries.hours import list_weekly_hours
from scheduling.agendas.queries.locks import agendas_of
from scheduling.agendas.queries.settings import map_types_of_caregiver
from scheduling.time.openings import (
    DAY,
    DayRange,
    WeeklyRange,
    cut_out,
    minute_of,
    overlapping_weekday,
    wall_clock,
)
from security.models import User


@dataclass(frozen=True, slots=True)
class KeptHours:
    """The same hours of several weekdays, kept for some consultations."""

    weekdays: Collection[int]
    start: int
    end: int
    type_ids: Collection[int]
    first: date | None = None
    last: date | None = None


def _its_owner(_actor: User, agenda: Agenda, **_asked: object) -> Wait:
    return agendas_of(agenda.user_id)


@operation(AgendaPermission.SET_HOURS, lock=_its_owner)
def set_weekly_hours(
    _actor: User,
    agenda: Agenda,
    *,
    hours: Sequence[WeeklyRange],
    first: date | None = None,
    last: date | None = None,
) -> None:
    """Set the whole week, for a period or for good; outside the period, hours stay as they were.

    Hours kept for some consultations are set apart. Appointments already taken stay as they are.

    Raises:
        WrongHoursError: a range is reversed, or two of one day overlap.
        WrongPeriodError: the period ends before it begins.
    """
    _require_hours(hours)
    _require_period(first, last)
    known = [
        availability
        for availability in list_weekly_hours(agenda.id)
        if not availability.consultation_types
    ]
    before = [
        WeeklyRange(
            availability.weekday,
            minute_of(availability.starts_at),
            minute_of(availability.ends_at),
            availability.valid_from,
            availability.valid_until,
        )
        for availability in known
    ]
    for row in known:
        db.session.delete(row)
    wanted = [replace(weekly_range, first=first, last=last) for weekly_range in hours]
    db.session.add_all(
        _row(agenda.id, weekly_range) for weekly_range in [*cut_out(before, first, last), *wanted]
    )


@operation(AgendaPermission.SET_HOURS, lock=_its_owner)
def keep_hours(actor: User, agenda: Agenda, *, kept: KeptHours, key: str | None = None) -> None:
    """Open some hours for some consultations only, in or outside the ordinary week.

    Raises:
        WrongHoursError: the range is reversed, or on no day.
        WrongPeriodError: the period ends before it begins.
        WrongTypesError: none was chosen, or one is not this caregiver's here.
    """
    ranges = [WeeklyRange(weekday, kept.start, kept.end) for weekday in sorted(set(kept.weekdays))]
    _require_hours(ranges)
    if not ranges:
        raise WrongHoursError
    _require_period(kept.first, kept.last)
    offered = map_types_of_caregiver(agenda.user_id, [agenda.bubble_id])[agenda.bubble_id]
    chosen = [
        consultation_type
        for consultation_type in offered
        if consultation_type.id in set(kept.type_ids)
    ]
    if not chosen or len(chosen) != len(set(kept.type_ids)):
        raise WrongTypesError

    def write() -> int:
        rows = [
            _row(agenda.id, replace(weekly_range, first=kept.first, last=kept.last))
            for weekly_range in ranges
        ]
        for row in rows:
            row.consultation_types = list(chosen)
        db.session.add_all(rows)
        db.session.flush()  # its number answers a second request
        return rows[0].id

    once(actor.id, "keep_hours", key, f"{agenda.id}/{kept!r}", write)


@operation(AgendaPermission.SET_HOURS, lock=_its_owner)
def give_back_hours(_actor: User, agenda: Agenda, *, availability_id: int) -> None:
    """Keep a range for nobody any more.

    Raises:
        NotFoundError: there is no such range in this agenda.
    """
    row = db.session.get(Availability, availability_id)
    if row is None or row.agenda_id != agenda.id or not row.consultation_types:
        raise NotFoundError
    db.session.delete(row)


@operation(AgendaPermission.SET_HOURS, lock=_its_owner)
def set_exceptional_hours(_actor: User, agenda: Agenda, *, hours: Sequence[DayRange]) -> None:
    """Open single days at these hours, in place of their weekly ones.

    Raises:
        WrongHoursError: a range is reversed, or two of one day overlap.
    """
    by_day: dict[date, list[DayRange]] = {}
    for day_range in hours:
        by_day.setdefault(day_range.day, []).append(day_range)
    for ranges in by_day.values():
        _require_hours([WeeklyRange(0, day_range.start, day_range.end) for day_range in ranges])
    _close_days(agenda.id, list(by_day))
    db.session.add_all(
        ExceptionalHours(
            agenda_id=agenda.id,
            day=day_range.day,
            starts_at=wall_clock(day_range.start),
            ends_at=wall_clock(day_range.end),
        )
        for day_range in hours
    )


@operation(AgendaPermission.SET_HOURS, lock=_its_owner)
def remove_exceptional_hours(_actor: User, agenda: Agenda, *, day: date) -> None:
    """Let a day have its weekly hours again. Idempotent."""
    _close_days(agenda.id, [day])


def _close_days(agenda_id: int, days: Sequence[date]) -> None:
    db.session.execute(
        delete(ExceptionalHours).where(
            ExceptionalHours.agenda_id == agenda_id, ExceptionalHours.day.in_(days)
        )
    )


def _require_hours(hours: Sequence[WeeklyRange]) -> None:
    outside = any(
        not (weekly_range.start >= 0 and weekly_range.end <= DAY) for weekly_range in hours
    )
    if outside or overlapping_weekday(hours) is not None:
        raise WrongHoursError


def _require_period(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        raise WrongPeriodError


def _row(agenda_id: int, weekly_range: WeeklyRange) -> Availability:
    return Availability(
        agenda_id=agenda_id,
        weekday=weekly_range.weekday,
        starts_at=wall_clock(weekly_range.start),
        ends_at=wall_clock(weekly_range.end),
        valid_from=weekly_range.first,
        valid_until=weekly_range.last,
    )
