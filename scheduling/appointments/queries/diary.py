"""What a caregiver's agenda shows: appointments, absences, free stretches, by day and by bubble."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from core import clock, paging
from core.database import db
from core.paging import Page
from core.statements import ME, rows
from scheduling.agendas.models import Absence
from scheduling.agendas.queries.hours import Openings, map_openings
from scheduling.agendas.queries.settings import AgendaRow
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.appointments.models import Appointment, AppointmentChange
from scheduling.appointments.queries.appointments import AppointmentRow, around, list_between
from scheduling.time.intervals import Interval, subtract
from scheduling.time.openings import instant, open_stretches

if TYPE_CHECKING:
    from security.models import User

SHORTEST = 15
"""A shorter pause is not shown as free time."""


class AbsenceRow(NamedTuple):
    """When a caregiver is away, from one agenda or from all."""

    id: int
    agenda_id: int | None
    kind: AbsenceKind
    starts_at: datetime
    ends_at: datetime
    reason: str


class FreeStretch(NamedTuple):
    """Open time of one agenda that nobody has."""

    starts_at: datetime
    ends_at: datetime
    agenda: AgendaRow

    @property
    def zone(self) -> str:
        """Return the time zone of the place."""
        return self.agenda.zone


@dataclass(frozen=True)
class DiaryDay:
    """One day of the agenda, everything in the order of time."""

    on: date
    rows: list[AppointmentRow] = field(default_factory=list)
    absences: list[AbsenceRow] = field(default_factory=list)
    free: list[FreeStretch] = field(default_factory=list)
    has_own_hours: bool = False
    """Whether hours of this single day stand in place of the weekly ones."""


def list_rows_for(
    actor: User, first: date, last: date, bubble_id: int | None = None
) -> list[AppointmentRow]:
    """Return the booked appointments of these days at the places where they happen."""
    start, end = around(first, last)
    kept = list_between(actor, start, end, bubble_id=bubble_id)
    return [row for row in kept if first <= row.local_start.date() <= last]


def page_of_rows_for(
    actor: User, first: date, last: date, bubble_id: int | None, number: int
) -> Page[AppointmentRow]:
    """Return one page of the appointments of these days, and count them all."""
    kept = list_rows_for(actor, first, last, bubble_id)
    number = paging.within(number, len(kept))
    begins = (number - 1) * paging.SIZE
    return paging.page_of(kept[begins : begins + paging.SIZE], len(kept), number)


_ABSENCES: Any = (
    select(
        Absence.id,
        Absence.agenda_id,
        Absence.kind,
        Absence.starts_at,
        Absence.ends_at,
        Absence.reason,
    )
    .where(
        Absence.user_id == ME,
        Absence.starts_at < bindparam("end"),
        Absence.ends_at > bindparam("start"),
        or_(
            Absence.agenda_id.is_(None),
            Absence.agenda_id.in_(bindparam("agendas", expanding=True)),
        ),
    )
    .order_by(Absence.starts_at, Absence.id)
)


def list_absences_for(
    actor: User, start: datetime, end: datetime, agenda_ids: Collection[int]
) -> list[AbsenceRow]:
    """Return when the caregiver is away in these agendas, in order."""
    absences = rows(_ABSENCES, me=actor.id, start=start, end=end, agendas=list(agenda_ids))
    return [AbsenceRow._make(row) for row in absences]


def list_diary(
    actor: User,
    agendas: Sequence[AgendaRow],
    first: date,
    last: date,
    bubble_id: int | None = None,
) -> list[DiaryDay]:
    """Return every day of the stretch, whether anything happens or not."""
    by_day: dict[date, list[AppointmentRow]] = defaultdict(list)
    start, end = around(first - timedelta(days=1), last + timedelta(days=1))
    whole = list_between(actor, start, end)
    for row in whole:
        if bubble_id in {None, row.bubble_id}:
            by_day[row.local_start.date()].append(row)
    agenda_ids = [agenda.id for agenda in agendas]
    start, end = around(first, last)
    absences = list_absences_for(actor, start, end, agenda_ids)
    openings = map_openings(agenda_ids, first - timedelta(days=1))
    free = _free(agendas, whole, absences, openings, (first, last))
    own_days = {day_range.day for hours in openings.values() for day_range in hours.days}
    zone = agendas[0].zone if agendas else "UTC"
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        DiaryDay(
            on=day,
            rows=by_day[day],
            absences=_of_day(absences, day, zone),
            free=free.get(day, []),
            has_own_hours=day in own_days,
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
    agendas: Sequence[AgendaRow],
    appointments: Sequence[AppointmentRow],
    absences: Sequence[AbsenceRow],
    openings: dict[int, Openings],
    days: tuple[date, date],
) -> dict[date, list[FreeStretch]]:
    busy = [_interval(row.starts_at, row.ends_at) for row in appointments]
    now = _minute(clock.now()) + 1
    first, last = (_days_since_1970(day) for day in days)
    stretches: dict[date, list[FreeStretch]] = defaultdict(list)
    for agenda in agendas:
        hours, place = openings[agenda.id], ZoneInfo(agenda.zone)
        opened = open_stretches(
            hours.whole_week, agenda.zone, first - 1, last + 1, tuple(hours.days)
        )
        away = [
            _interval(absence.starts_at, absence.ends_at)
            for absence in absences
            if absence.agenda_id in {None, agenda.id}
        ]
        for free in subtract(opened, [*busy, *away, Interval(0, now)]):
            starts_at = instant(free.start)
            day = starts_at.astimezone(place).date()
            if free.end - free.start >= SHORTEST and days[0] <= day <= days[1]:
                stretches[day].append(FreeStretch(starts_at, instant(free.end), agenda))
    for of_day in stretches.values():
        of_day.sort(key=lambda stretch: stretch.starts_at)
    return stretches


def _of_day(absences: Sequence[AbsenceRow], day: date, zone: str) -> list[AbsenceRow]:
    if not absences:
        return []
    place = ZoneInfo(zone)
    start = datetime.combine(day, time(), place)
    end = datetime.combine(day + timedelta(days=1), time(), place)
    return [absence for absence in absences if absence.starts_at < end and absence.ends_at > start]


def _interval(start: datetime, end: datetime) -> Interval:
    return Interval(_minute(start), -int(-end.timestamp() // 60))


def _minute(moment: datetime) -> int:
    return int(moment.timestamp() // 60)


def _days_since_1970(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()
