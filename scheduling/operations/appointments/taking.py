"""Taking an hour: the rules, who has it already, the database's own word on overlaps."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, update
from sqlalchemy.exc import IntegrityError

from core import clock, tokens
from core.database import db
from core.errors import DomainError
from scheduling.errors import (
    NotOfferedError,
    SlotTakenError,
    TooFarError,
    TooSoonError,
)
from scheduling.models import Appointment
from scheduling.queries.conflicts import is_taken
from scheduling.queries.offers import Offer, list_busy
from scheduling.slots import Window, free_slots
from scheduling.vocabulary import AppointmentStatus

GUARD = "ex_appointments_overlap"


def broken_rules(offer: Offer, starts_at: datetime) -> list[DomainError]:
    """Return every rule of the agenda that stands against this hour; who has it is another matter.

    A caregiver may book over rules, with a reason; over another appointment never.
    """
    allowed = offer.window(clock.now())
    found: list[DomainError] = []
    if starts_at < allowed.earliest:
        found.append(TooSoonError())
    if starts_at > allowed.latest:
        found.append(TooFarError())
    this = Window(starts_at, starts_at)
    if not free_slots(offer.hours, offer.zone, [], offer.duration, this):
        found.append(NotOfferedError())
    return found


def require_free(offer: Offer, starts_at: datetime, ends_at: datetime) -> None:
    """Refuse what the rules never offered, and what somebody has."""
    for refusal in broken_rules(offer, starts_at):
        raise refusal
    if list_busy(offer.caregiver_id, starts_at, ends_at):
        raise SlotTakenError


def require_untaken(
    caregiver_id: int, starts_at: datetime, ends_at: datetime, *, ignoring: Collection[int] = ()
) -> None:
    """Refuse what somebody has: this no reason overrides."""
    if is_taken(caregiver_id, starts_at, ends_at, ignoring=ignoring):
        raise SlotTakenError


def release(user_id: int, caregiver_id: int, starts_at: datetime, ends_at: datetime) -> None:
    """Give up what the person holds, and what others no longer hold of this time."""
    over = _over(caregiver_id, starts_at, ends_at)
    _cancel_holds(or_(Appointment.booked_by_id == user_id, over))


def release_expired(caregiver_id: int, starts_at: datetime, ends_at: datetime) -> None:
    """Give up what nobody holds any longer of this time."""
    _cancel_holds(_over(caregiver_id, starts_at, ends_at))


def add_appointment(
    offer: Offer, starts_at: datetime, ends_at: datetime, **values: Any
) -> Appointment:
    """Write the row, as the database lets it be written.

    Raises:
        SlotTakenError: the database knows an appointment at that time.
    """
    now = clock.now()
    appointment = Appointment(
        caregiver_id=offer.caregiver_id,
        agenda_id=offer.agenda_id,
        enrolment_id=offer.enrolment_id,
        consultation_type_id=offer.type_id,
        starts_at=starts_at,
        ends_at=ends_at,
        hold_extended=False,
        uid=f"{tokens.new_token()}@alveole",
        sequence=0,
        created_at=now,
        updated_at=now,
        **values,
    )
    with overlap_is_a_refusal():
        db.session.add(appointment)
        db.session.flush()  # the database's own word on overlaps is asked here
    return appointment


@contextmanager
def overlap_is_a_refusal() -> Iterator[None]:
    """Let the database's own word on overlaps be understood by people."""
    try:
        yield
    except IntegrityError as error:
        if GUARD in str(error.orig):
            raise SlotTakenError from error
        raise


def _over(caregiver_id: int, starts_at: datetime, ends_at: datetime) -> Any:
    return and_(
        Appointment.caregiver_id == caregiver_id,
        Appointment.held_until <= clock.now(),
        Appointment.starts_at < ends_at,
        Appointment.ends_at > starts_at,
    )


def _cancel_holds(which: Any) -> None:
    now = clock.now()
    db.session.execute(
        update(Appointment)
        .where(Appointment.status == AppointmentStatus.HELD, which)
        .values(status=AppointmentStatus.CANCELLED, cancelled_at=now, updated_at=now)
        .execution_options(synchronize_session=False)  # nobody goes on with these rows
    )
