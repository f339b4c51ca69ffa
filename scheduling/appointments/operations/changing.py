"""Moving and cancelling what was promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core import clock
from core.authorization import operation
from core.database import db
from patient.queries.places import guardian_ids
from scheduling.agendas.queries.bookable import BookableService, get_service
from scheduling.appointments.errors import (
    BegunError,
    HourOverError,
    InsideLimitError,
    NotStandingError,
    TooLateToCancelError,
)
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changes import (
    lock,
    mark_cancelled,
    note_change,
    touch_agendas,
    withdraw_proposals,
)
from scheduling.appointments.operations.taking import (
    overlap_is_a_refusal,
    release,
    require_free,
    require_reason,
)
from scheduling.appointments.policy import AppointmentPermission, LinkHolder
from scheduling.appointments.vocabulary import AppointmentStatus, ChangeKind
from scheduling.notices import emails
from scheduling.notices.emails import moves
from scheduling.notices.operations.calls import call_if_unreachable
from scheduling.notices.vocabulary import CallReason
from scheduling.waiting_list.operations.freed_hours import note_freed
from security.models import User
from security.queries import get_user


@operation(AppointmentPermission.MOVE)
def move_appointment(
    actor: User | LinkHolder,
    appointment: Appointment,
    *,
    starts_at: datetime,
    override: str = "",
) -> None:
    """Move it to another hour of its caregiver, and tell everybody else. Twice is once.

    Its calendar name stays, its number grows, the old hour is free in the same instant. Its
    caregiver may go over a rule of the agenda by saying why (``override``): that is kept.

    Raises:
        NotStandingError: it was cancelled meanwhile.
        BegunError: it has begun.
        HourOverError: that hour has gone by; no reason changes that.
        InsideLimitError: patients may no longer move it online.
        NotOfferedError: the rules never offered that hour to patients.
        RuleBrokenError: a rule is in its caregiver's way, and no reason was given.
        SlotTakenError: somebody has that hour.
    """
    lock(appointment, actor)
    if appointment.status is not AppointmentStatus.CONFIRMED:
        raise NotStandingError
    if starts_at == appointment.starts_at:
        return
    if clock.now() >= appointment.starts_at:
        raise BegunError
    if starts_at <= clock.now():
        raise HourOverError
    is_keeper = actor.id == appointment.caregiver_id
    offer = service_of(appointment, is_online=not is_keeper)
    withdraw_proposals(appointment.id)  # the hour kept for it stands in nobody's way
    release(offer, starts_at)
    is_over = False
    if is_keeper:
        is_over = require_reason(offer, starts_at, override, except_id=appointment.id)
    else:
        _require_outside_limit(appointment)
        require_free(offer, starts_at, except_id=appointment.id)
    move(appointment, offer, starts_at, actor.id)
    appointment.overridden_rule = None
    if is_over:
        go_over_rule(actor, appointment, reason=override)
    tell_of_move(appointment, actor.id)


def service_of(appointment: Appointment, *, is_online: bool = False) -> BookableService:
    """Return the rules under which it would be booked now; it lasts as long as it did.

    Its caregiver moves it even when the type is offered no more: it was promised.

    Raises:
        NotBookableError: its caregiver no longer follows the patient, or, for patients, the type
            was withdrawn or is not theirs to book.
    """
    offer = get_service(
        appointment.enrolment_id,
        appointment.caregiver_id,
        appointment.consultation_type_id,
        is_online=is_online,
        is_promised=not is_online,
    )
    minutes = appointment.minutes
    return replace(offer, duration=minutes, rules=replace(offer.rules, duration=minutes))


def move(
    appointment: Appointment, offer: BookableService, starts_at: datetime, by: int | None
) -> None:
    """Write the new hour; the agenda is locked, and the rules are judged."""
    before, ended = appointment.starts_at, appointment.ends_at
    appointment.starts_at = starts_at
    appointment.ends_at = starts_at + timedelta(minutes=offer.duration)
    appointment.buffer_before_minutes = offer.buffer_before
    appointment.buffer_after_minutes = offer.buffer_after
    appointment.sequence += 1
    appointment.updated_at = clock.now()
    with overlap_is_a_refusal():
        db.session.flush()  # the database's own word on overlaps is asked here
    note_change(appointment, ChangeKind.MOVED, by, from_starts_at=before)
    note_freed(appointment.caregiver_id, before, ended)
    withdraw_proposals(appointment.id)
    touch_agendas([appointment.agenda_id])


@operation(AppointmentPermission.CANCEL)
def cancel_appointment(
    actor: User | LinkHolder, appointment: Appointment, *, reason: str = ""
) -> None:
    """Free the hour at once and tell everybody else concerned. Twice is once.

    ``reason`` is read behind the sign-in only, never in a mail.

    Raises:
        NotStandingError: it is an hour that its caregiver keeps while the patient thinks.
        TooLateToCancelError: it has begun.
        InsideLimitError: patients may no longer cancel it online.
    """
    lock(appointment, actor)
    if appointment.status is AppointmentStatus.CANCELLED:
        return
    was_known = appointment.is_known_to_caregiver
    if not was_known and appointment.booked_by_id is None:
        raise NotStandingError
    if was_known and clock.now() >= appointment.starts_at:
        raise TooLateToCancelError(appointment.enrolment.bubble.contact_phone)
    is_keeper = actor.id == appointment.caregiver_id
    if was_known and not is_keeper:
        _require_outside_limit(appointment)
    mark_cancelled(appointment, actor.id)
    if not was_known:
        return
    appointment.cancellation_reason = reason or None
    note_change(appointment, ChangeKind.CANCELLED, actor.id)
    withdraw_proposals(appointment.id)
    touch_agendas([appointment.agenda_id])
    if not is_keeper:
        emails.cancelled_for_caregiver(appointment)
    for guardian in others_concerned(appointment, actor.id):
        emails.cancelled([appointment], guardian)
    call_if_unreachable(appointment, CallReason.CANCELLED)


def tell_of_move(appointment: Appointment, actor_id: int | None) -> None:
    """Tell the patient's people, whoever moved it; its caregiver unless they did."""
    if actor_id != appointment.caregiver_id:
        moves.moved_for_caregiver(appointment)
    for user_id in guardian_ids(appointment.enrolment.patient_id):
        guardian = get_user(user_id)
        if guardian is not None and guardian.id != appointment.caregiver_id:
            moves.moved(appointment, guardian)
    call_if_unreachable(appointment, CallReason.MOVED)


def others_concerned(appointment: Appointment, actor_id: int | None) -> list[User]:
    """Return who acts for its patient, without who acts now and without its caregiver."""
    users = [get_user(user_id) for user_id in guardian_ids(appointment.enrolment.patient_id)]
    left_out = {actor_id, appointment.caregiver_id}
    return [user for user in users if user is not None and user.id not in left_out]


@operation(AppointmentPermission.OVERRIDE)
def go_over_rule(_actor: User | LinkHolder, appointment: Appointment, *, reason: str) -> None:
    """Keep why a rule of the agenda was set aside; the journal has a line of its own for it."""
    appointment.overridden_rule = reason


def limit_of(appointment: Appointment) -> datetime:
    """Return until when patients may cancel or move it online."""
    notice = appointment.consultation_type.cancellation_notice_minutes
    return appointment.starts_at - timedelta(minutes=notice)


def _require_outside_limit(appointment: Appointment) -> None:
    if clock.now() > limit_of(appointment):
        raise InsideLimitError(appointment.enrolment.bubble.contact_phone)
