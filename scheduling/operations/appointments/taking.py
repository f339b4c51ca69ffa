"""Taking an hour: the rules, who has it already, the database's own word on overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import and_, or_, update
from sqlalchemy.exc import IntegrityError

from core import clock
from core.database import db
from scheduling.errors import NotOfferedError, SlotTakenError, TooFarError, TooSoonError
from scheduling.models import Appointment
from scheduling.queries.offers import Offer, list_busy
from scheduling.slots import Window, free_slots
from scheduling.vocabulary import AppointmentStatus

GUARD = "ex_appointments_overlap"


def require_free(offer: Offer, starts_at: datetime, ends_at: datetime) -> None:
    allowed = offer.window(clock.now())
    if starts_at < allowed.earliest:
        raise TooSoonError
    if starts_at > allowed.latest:
        raise TooFarError
    this = Window(starts_at, starts_at)
    if not free_slots(offer.hours, offer.zone, [], offer.duration, this):
        raise NotOfferedError
    if list_busy(offer.caregiver_id, starts_at, ends_at):
        raise SlotTakenError


def release(user_id: int, caregiver_id: int, starts_at: datetime, ends_at: datetime) -> None:
    """Give up what the person holds, and what others no longer hold of this time."""
    now = clock.now()
    over = and_(
        Appointment.caregiver_id == caregiver_id,
        Appointment.held_until <= now,
        Appointment.starts_at < ends_at,
        Appointment.ends_at > starts_at,
    )
    db.session.execute(
        update(Appointment)
        .where(
            Appointment.status == AppointmentStatus.HELD,
            or_(Appointment.booked_by_id == user_id, over),
        )
        .values(status=AppointmentStatus.CANCELLED, cancelled_at=now, updated_at=now)
        .execution_options(synchronize_session=False)  # nobody goes on with these rows
    )


@contextmanager
def overlap_is_a_refusal() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if GUARD in str(error.orig):
            raise SlotTakenError from error
        raise
