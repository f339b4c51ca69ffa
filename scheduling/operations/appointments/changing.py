"""Moving and cancelling what was promised."""

from __future__ import annotations

from datetime import datetime, timedelta

from core import audit, clock
from core.authorization import operation
from core.database import db
from patient.queries import guardian_ids
from scheduling import emails
from scheduling.emails import moves
from scheduling.errors import (
    BegunError,
    InsideLimitError,
    NotStandingError,
    TooLateToCancelError,
)
from scheduling.models import Appointment
from scheduling.operations.appointments.changes import (
    lock,
    mark_cancelled,
    note_change,
    touch_agendas,
    withdraw_proposals,
)
from scheduling.operations.appointments.taking import (
    broken_rules,
    overlap_is_a_refusal,
    release_expired,
    require_untaken,
)
from scheduling.policy import SchedulingPermission
from scheduling.queries.offers import get_offer
from scheduling.vocabulary import AppointmentStatus, ChangeKind
from security.models import User
from security.queries import get_user


@operation(SchedulingPermission.MOVE)
def move_appointment(
    actor: User,
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
        InsideLimitError: patients may no longer move it online.
        NotOfferedError: a rule of the agenda is in the way.
        SlotTakenError: somebody has that hour.
    """
    lock(appointment, actor)
    if appointment.status is not AppointmentStatus.CONFIRMED:
        raise NotStandingError
    if starts_at == appointment.starts_at:
        return
    if clock.now() >= appointment.starts_at:
        raise BegunError
    is_keeper = actor.id == appointment.caregiver_id
    if not is_keeper:
        _require_outside_limit(appointment)
    move(appointment, starts_at, override=override if is_keeper else "", actor=actor)
    tell_of_move(appointment, actor.id)


def move(appointment: Appointment, starts_at: datetime, *, override: str, actor: User) -> None:
    """Write the new hour; the agenda is locked already.

    Raises:
        NotOfferedError: a rule of the agenda is in the way, and no reason was given.
        SlotTakenError: somebody has that hour.
    """
    before, length = appointment.starts_at, appointment.ends_at - appointment.starts_at
    ends_at = starts_at + length
    offer = get_offer(
        appointment.enrolment_id, appointment.caregiver_id, appointment.consultation_type_id
    )
    broken = broken_rules(offer, starts_at)
    if broken and not override:
        raise broken[0]
    release_expired(appointment.caregiver_id, starts_at, ends_at)
    require_untaken(appointment.caregiver_id, starts_at, ends_at, ignoring=[appointment.id])
    appointment.starts_at, appointment.ends_at = starts_at, ends_at
    appointment.sequence += 1
    appointment.updated_at = clock.now()
    appointment.overridden_rule = override if broken else None
    note_change(appointment, ChangeKind.MOVED, actor.id, from_starts_at=before)
    if broken:
        note_override(actor, appointment)
    with overlap_is_a_refusal():
        db.session.flush()  # the database's own word on overlaps is asked here
    withdraw_proposals(appointment.id)
    touch_agendas([appointment.agenda_id])


@operation(SchedulingPermission.CANCEL)
def cancel_appointment(actor: User, appointment: Appointment, *, reason: str = "") -> None:
    """Free the hour at once and tell everybody else concerned. Twice is once.

    ``reason`` is read behind the sign-in only, never in a mail.

    Raises:
        TooLateToCancelError: it has begun.
        InsideLimitError: patients may no longer cancel it online.
    """
    lock(appointment, actor)
    if appointment.status is AppointmentStatus.CANCELLED:
        return
    was_known = appointment.is_known_to_caregiver
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


def tell_of_move(appointment: Appointment, actor_id: int) -> None:
    """Tell the patient's people, whoever moved it; its caregiver unless they did."""
    if actor_id != appointment.caregiver_id:
        moves.moved_for_caregiver(appointment)
    for user_id in guardian_ids(appointment.enrolment.patient_id):
        guardian = get_user(user_id)
        if guardian is not None and guardian.id != appointment.caregiver_id:
            moves.moved(appointment, guardian)


def others_concerned(appointment: Appointment, actor_id: int | None) -> list[User]:
    """Return who acts for its patient, without who acts now and without its caregiver."""
    users = [get_user(user_id) for user_id in guardian_ids(appointment.enrolment.patient_id)]
    left_out = {actor_id, appointment.caregiver_id}
    return [user for user in users if user is not None and user.id not in left_out]


def note_override(actor: User, appointment: Appointment) -> None:
    """Record apart that a rule of the agenda was set aside."""
    audit.record(
        actor=actor,
        permission=SchedulingPermission.OVERRIDE,
        subject=appointment,
        outcome="done",
    )


def limit_of(appointment: Appointment) -> datetime:
    """Return until when patients may cancel or move it online."""
    notice = appointment.consultation_type.cancellation_notice_minutes
    return appointment.starts_at - timedelta(minutes=notice)


def _require_outside_limit(appointment: Appointment) -> None:
    if clock.now() > limit_of(appointment):
        raise InsideLimitError(appointment.enrolment.bubble.contact_phone)
