"""Finding the hours of one agenda, as its caregiver set them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import or_, select, true
from sqlalchemy.orm import selectinload

from core.database import db
from scheduling.agendas.models import Availability, ExceptionalHours


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
    for one in db.session.scalars(query):
        hours[one.agenda_id].append(one)
    return hours


def list_exceptional_hours(agenda_ids: Collection[int], since: date) -> list[ExceptionalHours]:
    """Return the single days with hours of their own, the nearest first."""
    query = (
        select(ExceptionalHours)
        .where(ExceptionalHours.agenda_id.in_(agenda_ids), ExceptionalHours.day >= since)
        .order_by(ExceptionalHours.day, ExceptionalHours.starts_at)
    )
    return list(db.session.scalars(query))
