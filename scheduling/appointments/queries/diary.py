"""What a caregiver's agenda shows: appointments, absences, free stretches, by day and by bubble."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from bubbles.models import Bubble
from core import clock, paging
from core.database import db
from core.paging import Page
from scheduling.agendas.models import Absence, Agenda, ExceptionalHours
from scheduling.agendas.queries.hours import map_hours
from scheduling.appointments.models import Answer, Appointment, AppointmentChange
from scheduling.appointments.queries.appointments import (
    FARTHEST_EAST,
    FARTHEST_WEST,
    AppointmentRow,
    kept_by,
    rows_of,
)
from scheduling.replanning.models import HourProposal
from scheduling.time.intervals import Interval, subtract
from scheduling.time.openings import DayRange, WeeklyRange, instant, minute_of, open_stretches

SHORTEST = 15
"""A shorter pause is not shown as free time."""


@dataclass(frozen=True)
class FreeStretch:
    """Open time of one agenda that nobody has."""

    starts_at: datetime
    ends_at: datetime
    agenda: Agenda

    @property
    def zone(self) -> str:
        """Return the time zone of the place."""
        return self.agenda.bubble.time_zone


@dataclass(frozen=True)
class DiaryDay:
    """One day of the agenda, everything in the order of time."""

    on: date
    rows: list[AppointmentRow] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    free: list[FreeStretch] = field(default_factory=list)
    has_own_hours: bool = False
    """Whether hours of this single day stand in place of the weekly ones."""


def list_rows_for(
    actor: Any, first: date, last: date, bubble_id: int | None = None
) -> list[AppointmentRow]:
    """Return the confirmed appointments of these days at the places where they happen."""
    start, end = _around(first, last)
    query = kept_by(actor).where(Appointment.starts_at >= start, Appointment.starts_at < end)
    if bubble_id is not None:
        query = query.where(Bubble.id == bubble_id)
    return [row for row in rows_of(query) if first <= row.local_start.date() <= last]


def page_of_rows_for(
    actor: Any, first: date, last: date, bubble_id: int | None, number: int
) -> Page[AppointmentRow]:
    """Return one page of the appointments of these days, and count them all."""
    found = list_rows_for(actor, first, last, bubble_id)
    number = paging.within(number, len(found))
    begins = (number - 1) * paging.SIZE
    return paging.page_of(found[begins : begins + paging.SIZE], len(found), number)


def list_absences_for(
    actor: Any, start: datetime, end: datetime, agenda_ids: Collection[int]
) -> list[Absence]:
    """Return when the caregiver is away in these agendas, in order."""
    query = (
        select(Absence)
        .where(
            Absence.user_id == actor.id,
            Absence.starts_at < end,
            Absence.ends_at > start,
            or_(Absence.agenda_id.is_(None), Absence.agenda_id.in_(agenda_ids)),
        )
        .order_by(Absence.starts_at, Absence.id)
    )
    return list(db.session.scalars(query))


def list_diary(
    actor: Any, agendas: Sequence[Agenda], first: date, last: date, bubble_id: int | None = None
) -> list[DiaryDay]:
    """Return every day of the stretch, whether anything happens or not."""
    rows: dict[date, list[AppointmentRow]] = defaultdict(list)
    whole = list_rows_for(actor, first - timedelta(days=1), last + timedelta(days=1))
    for row in whole:
        if bubble_id in {None, row.bubble_id}:
            rows[row.local_start.date()].append(row)
    agenda_ids = [one.id for one in agendas]
    start, end = _around(first, last)
    absences = list_absences_for(actor, start, end, agenda_ids)
    singles = _single_hours(agenda_ids, first, last)
    free = _free(agendas, whole, absences, singles, (first, last))
    zone = agendas[0].bubble.time_zone if agendas else "UTC"
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        DiaryDay(
            on=day,
            rows=rows[day],
            absences=[one for one in absences if _touches(one, day, zone)],
            free=free.get(day, []),
            has_own_hours=any(one.day == day for found in singles.values() for one in found),
        )
        for day in days
    ]


# ── One appointment ───────────────────────────────────────────────────────────────────────────


def list_changes(appointment: Appointment) -> list[AppointmentChange]:
    """Return the life of an appointment, the newest step first, with who took each."""
    query = (
        select(AppointmentChange)
        .where(AppointmentChange.appointment_id == appointment.id)
        .options(joinedload(AppointmentChange.by))
        .order_by(AppointmentChange.at.desc(), AppointmentChange.id.desc())
    )
    return list(db.session.scalars(query))


def list_answers(appointment: Appointment) -> list[Answer]:
    """Return what the patient answered, in the order of the questions."""
    query = select(Answer).where(Answer.appointment_id == appointment.id).order_by(Answer.id)
    return list(db.session.scalars(query))


def find_open_proposal(appointment: Appointment) -> HourProposal | None:
    """Return the new hour that its patient is thinking about."""
    query = select(HourProposal).where(
        HourProposal.appointment_id == appointment.id,
        HourProposal.answered_at.is_(None),
        HourProposal.expires_at > clock.now(),
    )
    return db.session.scalar(query)


def count_series(appointment: Appointment) -> int:
    """Count the appointments made together with this one, itself included; one if it is alone."""
    if appointment.series is None:
        return 1
    query = (
        select(func.count())
        .select_from(Appointment)
        .where(
            Appointment.series == appointment.series,
            Appointment.caregiver_id == appointment.caregiver_id,
        )
    )
    return db.session.scalar(query) or 1


# ── Free time ─────────────────────────────────────────────────────────────────────────────────


def _free(
    agendas: Sequence[Agenda],
    rows: Sequence[AppointmentRow],
    absences: Sequence[Absence],
    singles: dict[int, list[DayRange]],
    days: tuple[date, date],
) -> dict[date, list[FreeStretch]]:
    hours = map_hours([one.id for one in agendas])
    busy = [_interval(row.starts_at, row.ends_at) for row in rows]
    now = _minute(clock.now()) + 1
    found: dict[date, list[FreeStretch]] = defaultdict(list)
    for agenda in agendas:
        ranges = tuple(
            WeeklyRange(
                one.weekday,
                minute_of(one.starts_at),
                minute_of(one.ends_at),
                one.valid_from,
                one.valid_until,
            )
            for one in hours[agenda.id]
        )
        own = tuple(singles.get(agenda.id, ()))
        first, last = (_days_since_1970(day) for day in days)
        zone = agenda.bubble.time_zone
        opened = open_stretches(ranges, zone, first - 1, last + 1, own)
        away = [
            _interval(one.starts_at, one.ends_at)
            for one in absences
            if one.agenda_id in {None, agenda.id}
        ]
        for one in subtract(opened, [*busy, *away, Interval(0, now)]):
            starts_at = instant(one.start)
            day = starts_at.astimezone(ZoneInfo(zone)).date()
            if one.end - one.start >= SHORTEST and days[0] <= day <= days[1]:
                found[day].append(FreeStretch(starts_at, instant(one.end), agenda))
    for stretches in found.values():
        stretches.sort(key=lambda one: one.starts_at)
    return found


def _single_hours(
    agenda_ids: Collection[int], first: date, last: date
) -> dict[int, list[DayRange]]:
    query = (
        select(ExceptionalHours)
        .where(
            ExceptionalHours.agenda_id.in_(agenda_ids),
            ExceptionalHours.day >= first - timedelta(days=1),
            ExceptionalHours.day <= last + timedelta(days=1),
        )
        .order_by(ExceptionalHours.day, ExceptionalHours.starts_at)
    )
    found: dict[int, list[DayRange]] = defaultdict(list)
    for one in db.session.scalars(query):
        found[one.agenda_id].append(
            DayRange(one.day, minute_of(one.starts_at), minute_of(one.ends_at))
        )
    return found


def _touches(absence: Absence, day: date, zone: str) -> bool:
    place = ZoneInfo(zone)
    start = datetime.combine(day, time(), place)
    end = datetime.combine(day + timedelta(days=1), time(), place)
    return absence.starts_at < end and absence.ends_at > start


def _around(first: date, last: date) -> tuple[datetime, datetime]:
    """Ask wider than any zone: what is within the days is judged where it happens."""
    start = datetime.combine(first, time(), UTC)
    after = datetime.combine(last + timedelta(days=1), time(), UTC)
    return start - FARTHEST_EAST, after + FARTHEST_WEST


def _interval(start: datetime, end: datetime) -> Interval:
    return Interval(_minute(start), -int(-end.timestamp() // 60))


def _minute(moment: datetime) -> int:
    return int(moment.timestamp() // 60)


def _days_since_1970(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()
