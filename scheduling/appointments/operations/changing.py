"""Moving and cancelling what was promised."""

from __future__ import annotations

from datetime import datetime

from core import clock
from core.authorization import operation
from scheduling.appointments import lifecycle
from scheduling.appointments.errors import (
    BegunError,
    HourOverError,
    NotStandingError,
    TooLateToCancelError,
)
from scheduling.appointments.models import Appointment
from scheduling.appointments.policy import AppointmentPermission, LinkHolder
from scheduling.appointments.queries.acts import appointment_under_lock, may_have
from scheduling.appointments.queries.appointments import list_kept_for
from scheduling.appointments.queries.locks import agendas_of_appointment
from scheduling.appointments.rules import (
    require_free,
    require_outside_limit,
    require_reason,
    service_of,
)
from scheduling.appointments.vocabulary import AppointmentStatus
from security.models import User


@operation(AppointmentPermission.MOVE, lock=agendas_of_appointment, reading=appointment_under_lock)
def move_appointment(
    actor: User | LinkHolder,
    appointment: Appointment,
    *,
    starts_at: datetime,
    override: str = "",
) -> None:
    """Move it to another hour of its caregiver; to the hour that it has, nothing happens.

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
    if appointment.status is not AppointmentStatus.BOOKED:
        raise NotStandingError
    if starts_at == appointment.starts_at:
        return
    if clock.now() >= appointment.starts_at:
        raise BegunError
    if starts_at <= clock.now():
        raise HourOverError
    is_keeper = actor.id == appointment.caregiver_id
    service = service_of(appointment, is_online=not is_keeper)
    with lifecycle.one_fact():
        # An hour kept for its proposal stands in nobody's way.
        if may_have(appointment.id, "has_kept"):
            lifecycle.cancel(list_kept_for(appointment.id), by=None)
        lifecycle.give_up_run_out([appointment.caregiver_id], service.period_at(starts_at))
        is_over = False
        if is_keeper:
            is_over = require_reason(service, starts_at, override, but=[appointment.id])
        else:
            require_outside_limit(appointment)
            require_free(service, starts_at, but=[appointment.id])
        lifecycle.move(appointment, service, starts_at, by=actor.id)
    appointment.overridden_rule = None
    if is_over:
        go_over_rule(actor, appointment, reason=override)


@operation(
    AppointmentPermission.CANCEL, lock=agendas_of_appointment, reading=appointment_under_lock
)
def cancel_appointment(
    actor: User | LinkHolder, appointment: Appointment, *, reason: str = ""
) -> None:
    """Free the hour at once; idempotent.

    ``reason`` is read behind the sign-in only, never in a mail.

    Raises:
        NotStandingError: it is an hour that its caregiver keeps while the patient thinks.
        TooLateToCancelError: it has begun.
        InsideLimitError: patients may no longer cancel it online.
    """
    if appointment.status is AppointmentStatus.CANCELLED:
        return
    was_known = appointment.is_known_to_caregiver
    if not was_known and appointment.booked_by_id is None:
        raise NotStandingError
    if was_known and clock.now() >= appointment.starts_at:
        raise TooLateToCancelError(appointment.enrolment.bubble.contact_phone)
    if was_known and actor.id != appointment.caregiver_id:
        require_outside_limit(appointment)
    lifecycle.cancel([appointment], by=actor.id, reason=reason)


@operation(AppointmentPermission.OVERRIDE)
def go_over_rule(_actor: User | LinkHolder, appointment: Appointment, *, reason: str) -> None:
    """Keep why a rule of the agenda was set aside; the journal has a line of its own for it."""
    appointment.overridden_rule = reason
