"""Holding an hour, confirming it, giving it up, cancelling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, inspect, or_, update
from sqlalchemy.exc import IntegrityError

from core import clock, tokens
from core.authorization import consequence, current_actor_of_operation, operation
from core.database import db
from core.idempotency import once
from patient.models import Enrolment
from patient.queries import guardian_ids
from scheduling import emails
from scheduling.errors import (
    HoldEndedError,
    HoldExtendedError,
    NotOfferedError,
    SlotTakenError,
    TooFarError,
    TooLateToCancelError,
    TooSoonError,
)
from scheduling.models import Agenda, Appointment, ConsultationType
from scheduling.policy import SchedulingPermission
from scheduling.queries.appointments import list_future
from scheduling.queries.locks import lock_agenda
from scheduling.queries.offers import Offer, get_offer, list_busy
from scheduling.slots import Window, free_slots
from scheduling.vocabulary import AppointmentStatus
from security.models import User
from security.queries import get_user

HOLD = timedelta(minutes=15)
"""How long an hour is kept; once more when asked for."""
GUARD = "ex_appointments_overlap"


@operation(SchedulingPermission.HOLD)
def hold_slot(
    actor: User,
    enrolment: Enrolment,
    *,
    consultation_type: ConsultationType,
    caregiver: User,
    starts_at: datetime,
    key: str | None = None,
) -> Appointment:
    """Keep an hour for fifteen minutes; an hour that ``actor`` held before is given up for it.

    Raises:
        NotBookableError: this caregiver does not offer this type to this patient.
        NotOfferedError: the rules never offered that hour (too soon, too far, outside the hours).
        SlotTakenError: the caregiver is promised elsewhere during that time.
    """
    actor_id, place_id = actor.id, enrolment.id
    caregiver_id, type_id = _number(caregiver), _number(consultation_type)

    def hold() -> int:
        lock_agenda(caregiver_id, actor_id)
        offer = get_offer(place_id, caregiver_id, type_id)
        ends_at = starts_at + timedelta(minutes=offer.duration)
        _release(actor_id, caregiver_id, starts_at, ends_at)
        _require_free(offer, starts_at, ends_at)
        return _add_hold(actor_id, offer, starts_at, ends_at).id

    request = f"{place_id}/{caregiver_id}/{type_id}/{starts_at.isoformat()}"
    held = db.session.get(Appointment, once(actor_id, "hold", key, request, hold))
    if held is None:
        raise HoldEndedError
    return held


@operation(SchedulingPermission.EXTEND_HOLD)
def extend_hold(actor: User, appointment: Appointment) -> None:
    """Give fifteen more minutes, once.

    Raises:
        HoldExtendedError: that was done before.
        HoldEndedError: the hour went to somebody else, or has begun.
    """
    _lock(appointment, actor)
    _require_held(appointment)
    if appointment.hold_extended:
        raise HoldExtendedError
    now = clock.now()
    appointment.held_until = max(now, appointment.held_until or now) + HOLD
    appointment.hold_extended = True
    appointment.updated_at = now


@operation(SchedulingPermission.CONFIRM)
def confirm_appointment(actor: User, appointment: Appointment) -> None:
    """Promise the hour. Twice is once; a hold whose time is over still stands if nobody took it.

    Raises:
        HoldEndedError: the hour was given up, went to somebody else, or has begun.
    """
    _lock(appointment, actor)
    if appointment.status is AppointmentStatus.CONFIRMED:
        return
    _require_held(appointment)
    now = clock.now()
    appointment.status = AppointmentStatus.CONFIRMED
    appointment.confirmed_at = appointment.updated_at = now
    touch_agendas([appointment.agenda_id])
    emails.confirmed(appointment, actor)
    emails.booked(appointment)


@operation(SchedulingPermission.GIVE_UP)
def give_up_hold(actor: User, appointment: Appointment) -> None:
    """Let the hour go; nobody but who held it ever knew. Twice is once.

    Raises:
        HoldEndedError: it is confirmed already: that is cancelled, not given up.
    """
    _lock(appointment, actor)
    if appointment.status is AppointmentStatus.CONFIRMED:
        raise HoldEndedError
    if appointment.status is AppointmentStatus.HELD:
        _mark_cancelled(appointment, actor.id)


@operation(SchedulingPermission.CANCEL)
def cancel_appointment(actor: User, appointment: Appointment) -> None:
    """Free the hour at once and tell everybody else concerned. Twice is once.

    Raises:
        TooLateToCancelError: it has begun.
    """
    _lock(appointment, actor)
    if appointment.status is AppointmentStatus.CANCELLED:
        return
    was_known = appointment.is_known_to_caregiver
    if was_known and clock.now() >= appointment.starts_at:
        raise TooLateToCancelError(appointment.enrolment.bubble.contact_phone)
    _mark_cancelled(appointment, actor.id)
    if not was_known:
        return
    touch_agendas([appointment.agenda_id])
    if actor.id != appointment.caregiver_id:
        emails.cancelled_for_caregiver(appointment)
    for user_id in guardian_ids(appointment.enrolment.patient_id):
        guardian = get_user(user_id)
        if guardian is not None and guardian.id not in {actor.id, appointment.caregiver_id}:
            emails.cancelled([appointment], guardian)


@consequence
def release_future(
    *,
    caregiver_id: int | None = None,
    bubble_id: int | None = None,
    enrolment_id: int | None = None,
) -> None:
    """Cancel what can no longer happen, and tell each patient's guardians once."""
    found = list_future(caregiver_id=caregiver_id, bubble_id=bubble_id, enrolment_id=enrolment_id)
    if not found:
        return
    lock_agenda(*{appointment.caregiver_id for appointment in found})
    actor_id = current_actor_of_operation().id
    known: dict[int, list[Appointment]] = defaultdict(list)
    for appointment in found:
        db.session.refresh(appointment)
        if appointment.status is AppointmentStatus.CONFIRMED:
            known[appointment.enrolment.patient_id].append(appointment)
        if appointment.status is not AppointmentStatus.CANCELLED:
            _mark_cancelled(appointment, actor_id)
    touch_agendas({one.agenda_id for group in known.values() for one in group})
    for patient_id, group in known.items():
        for user_id in guardian_ids(patient_id):
            guardian = get_user(user_id)
            if guardian is not None:
                emails.cancelled(group, guardian)


def touch_agendas(agenda_ids: Iterable[int]) -> None:
    """Let calendar links know that there is something new."""
    db.session.execute(
        update(Agenda)
        .where(Agenda.id.in_(list(agenda_ids)))
        .values(version=Agenda.version + 1, changed_at=clock.now())
        .execution_options(synchronize_session=False)  # nobody goes on with these rows
    )


def _number(row: User | ConsultationType) -> int:
    """Return the number of a row without reading the row: what it permits is asked in one query."""
    state: Any = inspect(row)
    return int(state.identity[0])


def _lock(appointment: Appointment, actor: User) -> None:
    """Wait for one's turn, then look at the row as it has become meanwhile."""
    lock_agenda(appointment.caregiver_id, actor.id)
    db.session.refresh(appointment, ["status", "held_until", "hold_extended", "confirmed_at"])


def _require_held(appointment: Appointment) -> None:
    """A hold keeps its row until another takes its time: held means free for who holds it."""
    is_held = appointment.status is AppointmentStatus.HELD
    if not is_held or clock.now() >= appointment.starts_at:
        raise HoldEndedError


def _release(user_id: int, caregiver_id: int, starts_at: datetime, ends_at: datetime) -> None:
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


def _require_free(offer: Offer, starts_at: datetime, ends_at: datetime) -> None:
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


def _add_hold(actor_id: int, offer: Offer, starts_at: datetime, ends_at: datetime) -> Appointment:
    now = clock.now()
    appointment = Appointment(
        caregiver_id=offer.caregiver_id,
        agenda_id=offer.agenda_id,
        enrolment_id=offer.enrolment_id,
        consultation_type_id=offer.type_id,
        starts_at=starts_at,
        ends_at=ends_at,
        status=AppointmentStatus.HELD,
        held_until=now + HOLD,
        hold_extended=False,
        booked_by_id=actor_id,
        uid=f"{tokens.new_token()}@alveole",
        sequence=0,
        created_at=now,
        updated_at=now,
    )
    with _overlap_is_a_refusal():
        db.session.add(appointment)
        db.session.flush()  # the database's own word on overlaps is asked here
    return appointment


@contextmanager
def _overlap_is_a_refusal() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if GUARD in str(error.orig):
            raise SlotTakenError from error
        raise


def _mark_cancelled(appointment: Appointment, by: int | None) -> None:
    now = clock.now()
    appointment.status = AppointmentStatus.CANCELLED
    appointment.cancelled_at = appointment.updated_at = now
    appointment.cancelled_by_id = by
    appointment.sequence += 1
