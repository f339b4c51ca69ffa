"""Who has a stretch of a caregiver's time already: what no reason and no haste can override."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, or_, select

from core import clock
from core.database import db
from scheduling.models import Appointment
from scheduling.vocabulary import AppointmentStatus


def is_taken(
    caregiver_id: int, start: datetime, end: datetime, *, ignoring: Collection[int] = ()
) -> bool:
    """Say whether an appointment or a live hold, ``ignoring`` aside, has part of this time."""
    live = or_(
        Appointment.status == AppointmentStatus.CONFIRMED,
        and_(Appointment.status == AppointmentStatus.HELD, Appointment.held_until > clock.now()),
    )
    query = select(Appointment.id).where(
        Appointment.caregiver_id == caregiver_id,
        Appointment.starts_at < end,
        Appointment.ends_at > start,
        live,
    )
    return any(found not in ignoring for found in db.session.scalars(query))
