"""Taking an hour: the rules, who has it already, the database's own word on overlaps."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, update
from sqlalchemy.exc import IntegrityError

from core import clock, tokens
from core.database import db
from core.errors import DomainError
from scheduling.agendas.queries.bookable import BookableService
from scheduling.appointments.errors import (
    NotOfferedError,
    RuleBrokenError,
    SlotTakenError,
    TooFarError,
    TooSoonError,
)
from scheduling.appointments.models import OVERLAP_GUARD, Appointment
from scheduling.appointments.queries.free import list_violations
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.time.vocabulary import Violation

REFUSALS: dict[Violation, type[DomainError]] = {
    Violation.TOO_SOON: TooSoonError,
    Violation.TOO_FAR: TooFarError,
    Violation.OUTSIDE_HOURS: NotOfferedError,
    Violation.OFF_GRID: NotOfferedError,
}
"""How patients are told; whatever else stands against an hour, for them it is taken."""


def require_free(
    offer: BookableService,
    starts_at: datetime,
    *,
    except_id: int | None = None,
    for_entry_id: int | None = None,
) -> None:
    """Refuse a patient what the rules do not offer now; ``except_id`` is being moved.

    What the waiting list offers to ``for_entry_id`` is theirs.

    Raises:
        NotOfferedError: too soon, too far, outside the hours.
        SlotTakenError: the caregiver is promised elsewhere, or away.
    """
    found = list_violations(offer, starts_at, except_id=except_id, for_entry_id=for_entry_id)
    for violation in found:
        raise REFUSALS.get(violation, SlotTakenError)


def require_reason(
    offer: BookableService, starts_at: datetime, override: str, *, except_id: int | None = None
) -> bool:
    """Say whether a caregiver goes over a rule of their own agenda here, for the reason given.

    Raises:
        SlotTakenError: somebody has that hour: no reason changes that.
        RuleBrokenError: a rule is in the way, and no reason was given.
    """
    found = list_violations(offer, starts_at, is_on_grid=False, except_id=except_id)
    if Violation.OVERLAP in found:
        raise SlotTakenError
    if found and not override:
        raise RuleBrokenError(found)
    return bool(found)


def release(offer: BookableService, starts_at: datetime, *, of_user_id: int | None = None) -> None:
    """Give up what nobody holds any longer of this time, and what ``of_user_id`` holds anywhere."""
    now = clock.now()
    over = and_(
        Appointment.caregiver_id == offer.caregiver_id,
        Appointment.held_until <= now,
        Appointment.starts_at < starts_at + timedelta(minutes=offer.duration),
        Appointment.ends_at > starts_at,
    )
    which = over if of_user_id is None else or_(Appointment.booked_by_id == of_user_id, over)
    db.session.execute(
        update(Appointment)
        .where(Appointment.status == AppointmentStatus.HELD, which)
        .values(status=AppointmentStatus.CANCELLED, cancelled_at=now, updated_at=now)
        .execution_options(synchronize_session=False)  # nobody goes on with these rows
    )


def release_expired(caregiver_ids: Collection[int]) -> None:
    """Give up what nobody holds any longer of the time of these people."""
    now = clock.now()
    db.session.execute(
        update(Appointment)
        .where(
            Appointment.status == AppointmentStatus.HELD,
            Appointment.held_until <= now,
            Appointment.caregiver_id.in_(caregiver_ids),
        )
        .values(status=AppointmentStatus.CANCELLED, cancelled_at=now, updated_at=now)
        .execution_options(synchronize_session=False)  # nobody goes on with these rows
    )


def add_appointment(offer: BookableService, starts_at: datetime, **values: Any) -> Appointment:
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
        ends_at=starts_at + timedelta(minutes=offer.duration),
        buffer_before_minutes=offer.buffer_before,
        buffer_after_minutes=offer.buffer_after,
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
        if OVERLAP_GUARD in str(error.orig):
            raise SlotTakenError from error
        raise
