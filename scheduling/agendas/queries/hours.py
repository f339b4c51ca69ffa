"""Finding the hours of agendas: as their caregivers set them, and as bookings are laid on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import bindparam, literal, null, or_, select, true, union_all
from sqlalchemy.orm import selectinload

from core.database import db
from core.statements import rows
from scheduling.agendas.models import Availability, ExceptionalHours, availability_types
from scheduling.time.openings import DayRange, WeeklyRange, minute_of


def list_weekly_hours(agenda_id: int) -> list[Availability]:
    """Return all weekly ranges of an agenda, those of other periods and types included."""
    query = (
        select(Availability)
        .where(Availability.agenda_id == agenda_id)
        .options(selectinload(Availability.consultation_types))
        .order_by(Availability.weekday, Availability.starts_at, Availability.id)
    )
    return list(db.session.scalars(query))


def map_hours(
    agenda_ids: Collection[int], since: date | None = None
) -> dict[int, list[Availability]]:
    """Map agendas to their weekly ranges, in the order of the week; ``since``: not those over."""
    query = (
        select(Availability)
        .where(
            Availability.agenda_id.in_(agenda_ids),
            true()
            if since is None
            else or_(Availability.valid_until.is_(None), Availability.valid_until >= since),
        )
        .options(selectinload(Availability.consultation_types))
        .order_by(Availability.weekday, Availability.starts_at, Availability.id)
    )
    hours: dict[int, list[Availability]] = {agenda_id: [] for agenda_id in agenda_ids}
    for availability in db.session.scalars(query):
        hours[availability.agenda_id].append(availability)
    return hours


def list_exceptional_hours(agenda_ids: Collection[int], since: date) -> list[ExceptionalHours]:
    """Return the single days with hours of their own, the nearest first."""
    query = (
        select(ExceptionalHours)
        .where(ExceptionalHours.agenda_id.in_(agenda_ids), ExceptionalHours.day >= since)
        .order_by(ExceptionalHours.day, ExceptionalHours.starts_at)
    )
    return list(db.session.scalars(query))


# ── For bookings ──────────────────────────────────────────────────────────────────────────────


@dataclass
class Openings:
    """The hours of one agenda, for all consultations."""

    weekly: dict[int, WeeklyRange] = field(default_factory=dict)
    kept: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """For which types only, by range."""
    days: list[DayRange] = field(default_factory=list)

    @property
    def whole_week(self) -> tuple[WeeklyRange, ...]:
        """Return the weekly hours, whatever they are kept for."""
        return tuple(self.weekly.values())

    def hours_for(self, type_id: int) -> tuple[WeeklyRange, ...]:
        """Return the weekly hours as one type sees them."""
        hours = [
            WeeklyRange(
                weekly.weekday,
                weekly.start,
                weekly.end,
                weekly.first,
                weekly.last,
                type_id in self.kept[key] if key in self.kept else None,
            )
            for key, weekly in self.weekly.items()
        ]
        return tuple(sorted(hours, key=lambda weekly: (weekly.weekday, weekly.start, weekly.end)))


_AGENDAS: Any = bindparam("agendas", expanding=True)
_OPENINGS: Any = union_all(
    select(
        Availability.id,
        Availability.agenda_id,
        Availability.weekday,
        Availability.starts_at,
        Availability.ends_at,
        Availability.valid_from,
        Availability.valid_until,
        availability_types.c.consultation_type_id,
    )
    .outerjoin(availability_types, availability_types.c.availability_id == Availability.id)
    .where(Availability.agenda_id.in_(_AGENDAS)),
    select(
        literal(0),
        ExceptionalHours.agenda_id,
        null(),
        ExceptionalHours.starts_at,
        ExceptionalHours.ends_at,
        ExceptionalHours.day,
        null(),
        null(),
    ).where(ExceptionalHours.agenda_id.in_(_AGENDAS), ExceptionalHours.day >= bindparam("since")),
)


def map_openings(agenda_ids: Collection[int], since: date) -> dict[int, Openings]:
    """Map agendas to their weekly hours, and to single days from ``since`` on."""
    openings: dict[int, Openings] = {agenda_id: Openings() for agenda_id in agenda_ids}
    if not openings:
        return openings
    laid: Any = rows(_OPENINGS, agendas=list(openings), since=since)
    for key, agenda_id, weekday, starts, ends, first, last, type_id in laid:
        hours, start, end = openings[agenda_id], minute_of(starts), minute_of(ends)
        if weekday is None:
            hours.days.append(DayRange(first, start, end))
            continue
        hours.weekly[key] = WeeklyRange(weekday, start, end, first, last)
        if type_id is not None:
            hours.kept[key].add(type_id)
    for hours in openings.values():
        hours.days.sort(key=lambda day_range: (day_range.day, day_range.start))
    return openings
