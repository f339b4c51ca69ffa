"""Holding an hour, confirming it, giving it up."""

from __future__ import annotations

from datetime import datetime, timedelta

from core import clock
from core.authorization import Wait, fact_of_act, operation
from core.database import HasId, db, id_of
from core.idempotency import once
from patient.models import Enrolment
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.queries.bookable import one_service
from scheduling.agendas.queries.locks import agendas_of
from scheduling.appointments import lifecycle
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.acts import appointment_under_lock
from scheduling.appointments.queries.free import list_violations
from scheduling.appointments.queries.locks import agendas_of_appointment
from scheduling.appointments.rules import require_free, service_of
from scheduling.appointments.vocabulary import AppointmentStatus, HeldFor
from scheduling.booking.errors import HoldEndedError, HoldExtendedError
from scheduling.booking.operations.answers import attach_answers, forget_draft, require_answered
from scheduling.booking.policy import BookingPermission
from scheduling.booking.queries import HOLD_ASKED, HoldAsked, hold_under_lock
from scheduling.time.vocabulary import Violation
from security.models import User

HOLD = timedelta(minutes=15)
"""How long an hour is kept; once more when asked for."""
OF_THE_MOMENT = frozenset({Violation.TOO_SOON, Violation.TOO_FAR})
"""Rules of when one may begin to book; who confirms began in time."""


def _both_agendas(
    actor: User, _enrolment: Enrolment, *, caregiver: HasId, **_asked: object
) -> Wait:
    return agendas_of(id_of(caregiver), actor.id)


@operation(BookingPermission.HOLD, lock=_both_agendas, reading=hold_under_lock)
def hold_slot(
    actor: User,
    enrolment: Enrolment,
    *,
    consultation_type: HasId,
    caregiver: HasId,
    starts_at: datetime,
    is_new: bool | None = None,
    key: str | None = None,
) -> Appointment:
    """Keep an hour for fifteen minutes; an hour that ``actor`` held before is given up for it.

    ``is_new``: what was answered to « have you been seen before »; what is known counts more.

    Raises:
        UnansweredError: the type asks something that must be answered.
        NotBookableError: this caregiver does not offer this type to this patient.
        NotOfferedError: the rules never offered that hour (too soon, too far, outside the hours).
        SlotTakenError: the caregiver is promised elsewhere during that time.
    """
    actor_id, enrolment_id, patient_id = actor.id, enrolment.id, enrolment.patient_id
    caregiver_id, type_id = id_of(caregiver), id_of(consultation_type)
    asked: HoldAsked | None = fact_of_act(HOLD_ASKED)
    remembered: list[Appointment] = []

    def hold() -> int:
        if asked is None:
            raise NotBookableError
        is_first = False if asked.is_seen else is_new
        service = one_service([asked.service], is_new=is_first)
        if asked.gives_way:
            period = service.period_at(starts_at)
            lifecycle.give_up_run_out([service.caregiver_id], period, of_user_id=actor_id)
        require_free(service, starts_at)
        held = lifecycle.hold(
            service,
            starts_at,
            held_for=HeldFor.PERSON,
            until=clock.now() + HOLD,
            booked_by_id=actor_id,
            is_first_visit=is_first,
        )
        if service.question_count:
            attach_answers(held, actor_id, patient_id)
        # The session forgets what nobody else remembers, and reads it again.
        remembered.append(held)
        return held.id

    request = f"{enrolment_id}/{caregiver_id}/{type_id}/{starts_at.isoformat()}/{is_new}"
    earlier = None if asked is None else asked.earlier
    number = once(actor_id, "hold", key, request, hold, earlier=earlier)
    held = db.session.get(Appointment, number)
    if held is None:
        raise HoldEndedError
    return held


@operation(
    BookingPermission.EXTEND_HOLD, lock=agendas_of_appointment, reading=appointment_under_lock
)
def extend_hold(actor: User, appointment: Appointment) -> None:
    """Give fifteen more minutes, once.

    Raises:
        HoldExtendedError: that was done before.
        HoldEndedError: the hour went to somebody else, or has begun.
    """
    _require_held(appointment)
    if appointment.hold_extended:
        raise HoldExtendedError
    now = clock.now()
    lifecycle.extend(appointment, max(now, appointment.held_until or now) + HOLD)


@operation(BookingPermission.CONFIRM, lock=agendas_of_appointment, reading=appointment_under_lock)
def confirm_appointment(actor: User, appointment: Appointment) -> None:
    """Promise the hour; idempotent. A hold that has run out still stands if nobody took it.

    Raises:
        HoldEndedError: the hour was given up, went to somebody else, or has begun.
        UnansweredError: a question asked since then must be answered.
    """
    if appointment.status is AppointmentStatus.BOOKED:
        return
    _require_held(appointment)
    is_asked = require_answered(appointment)
    lifecycle.book([appointment], by=actor.id)
    if is_asked:
        forget_draft(actor.id, appointment)


@operation(BookingPermission.GIVE_UP, lock=agendas_of_appointment, reading=appointment_under_lock)
def give_up_hold(actor: User, appointment: Appointment) -> None:
    """Let the hour go; nobody but who held it ever knew. Idempotent.

    Raises:
        HoldEndedError: it is booked already: that is cancelled, not given up.
    """
    if appointment.status is AppointmentStatus.BOOKED:
        raise HoldEndedError
    if appointment.status is AppointmentStatus.HELD:
        lifecycle.cancel([appointment], by=actor.id)


def _require_held(appointment: Appointment) -> None:
    """Refuse what was given up, and what is over unless the hour is free still.

    A row whose time is over keeps nothing: the hour may be offered to who waits, its neighbour may
    have taken the time between, the caregiver may be away.
    """
    now = clock.now()
    if appointment.status is not AppointmentStatus.HELD or now >= appointment.starts_at:
        raise HoldEndedError
    if appointment.is_live_hold(now):
        return
    try:
        service = service_of(appointment, is_online=True)
    except NotBookableError as error:
        raise HoldEndedError from error
    violations = list_violations(service, appointment.starts_at, but=[appointment.id])
    if set(violations) - OF_THE_MOMENT:
        raise HoldEndedError
