"""By which rules an hour may be taken, moved or given up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from core import clock
from core.errors import DomainError
from scheduling.agendas.queries.bookable import BookableService, get_service
from scheduling.appointments.errors import (
    InsideLimitError,
    NotOfferedError,
    RuleBrokenError,
    SlotTakenError,
    TooFarError,
    TooSoonError,
)
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.free import list_violations
from scheduling.time.vocabulary import Violation

REFUSALS: dict[Violation, type[DomainError]] = {
    Violation.TOO_SOON: TooSoonError,
    Violation.TOO_FAR: TooFarError,
    Violation.OUTSIDE_HOURS: NotOfferedError,
    Violation.OFF_GRID: NotOfferedError,
}
"""How patients are told; whatever else stands against an hour, for them it is taken."""


def require_free(
    service: BookableService, starts_at: datetime, *, but: Collection[int] = ()
) -> None:
    """Refuse a patient what the rules do not offer now; the appointments ``but`` give way.

    Raises:
        NotOfferedError: too soon, too far, outside the hours.
        SlotTakenError: the caregiver is promised elsewhere, or away.
    """
    for violation in list_violations(service, starts_at, but=but):
        raise REFUSALS.get(violation, SlotTakenError)


def require_reason(
    service: BookableService, starts_at: datetime, override: str, *, but: Collection[int] = ()
) -> bool:
    """Say whether a caregiver goes over a rule of their own agenda here, for the reason given.

    Raises:
        SlotTakenError: somebody has that hour: no reason changes that.
        RuleBrokenError: a rule is in the way, and no reason was given.
    """
    violations = list_violations(service, starts_at, is_on_grid=False, but=but)
    if Violation.OVERLAP in violations:
        raise SlotTakenError
    if violations and not override:
        raise RuleBrokenError(violations)
    return bool(violations)


def service_of(appointment: Appointment, *, is_online: bool = False) -> BookableService:
    """Return the rules under which it would be booked now; it lasts as long as it did.

    Its caregiver moves it even when the type is offered no more: it was promised.

    Raises:
        NotBookableError: its caregiver no longer follows the patient, or, for patients, the type
            was withdrawn or is not theirs to book.
    """
    service = get_service(
        appointment.enrolment_id,
        appointment.caregiver_id,
        appointment.consultation_type_id,
        is_online=is_online,
        is_promised=not is_online,
    )
    minutes = appointment.minutes
    return replace(service, duration=minutes, rules=replace(service.rules, duration=minutes))


def limit_of(appointment: Appointment) -> datetime:
    """Return until when patients may cancel or move it online."""
    notice = appointment.consultation_type.cancellation_notice_minutes
    return appointment.starts_at - timedelta(minutes=notice)


def require_outside_limit(appointment: Appointment) -> None:
    """Refuse patients what is too near to be changed online.

    Raises:
        InsideLimitError: only a call can change it.
    """
    if clock.now() > limit_of(appointment):
        raise InsideLimitError(appointment.enrolment.bubble.contact_phone)
