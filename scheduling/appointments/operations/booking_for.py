"""A caregiver books for one of their patients: once, or every week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core import clock, tokens
from core.authorization import Wait, operation
from core.database import db
from core.idempotency import once
from patient.models import Enrolment
from scheduling.agendas.models import ConsultationType
from scheduling.agendas.queries.bookable import get_service
from scheduling.agendas.queries.locks import agendas_of
from scheduling.appointments import lifecycle
from scheduling.appointments.errors import TooManyRepetitionsError
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changing import go_over_rule
from scheduling.appointments.policy import AppointmentPermission
from scheduling.appointments.rules import require_reason
from scheduling.appointments.vocabulary import HeldFor
from scheduling.time.recurrence import MOST_HOURS
from security.models import User


def _own_agenda(actor: User, _enrolment: Enrolment, **_asked: object) -> Wait:
    return agendas_of(actor.id)


@operation(AppointmentPermission.BOOK_FOR, lock=_own_agenda)
def book_for(
    actor: User,
    enrolment: Enrolment,
    *,
    consultation_type: ConsultationType,
    hours: Sequence[datetime],
    override: str = "",
    key: str | None = None,
) -> Appointment:
    """Promise one's own hours to one's patient, all or none, and tell the patient once.

    Several hours share one ``series``; the first appointment is returned. A rule of the agenda
    is only gone over with a reason (``override``), which is kept.

    Raises:
        TooManyRepetitionsError: more than twenty-six at once.
        NotBookableError: the type is not one of this caregiver's.
        RuleBrokenError: a rule is in the way, and no reason was given.
        SlotTakenError: somebody has one of the hours.
    """
    if not 0 < len(hours) <= MOST_HOURS:
        raise TooManyRepetitionsError
    enrolment_id, type_id, actor_id = enrolment.id, consultation_type.id, actor.id

    def write() -> int:
        service = get_service(enrolment_id, actor_id, type_id, is_online=False)
        series = tokens.new_token()[:40] if len(hours) > 1 else None
        over_a_rule: list[Appointment] = []
        held: list[Appointment] = []
        for hour in sorted(hours):
            lifecycle.give_up_run_out([actor_id], service.period_at(hour))
            is_over = require_reason(service, hour, override)
            appointment = lifecycle.hold(
                service,
                hour,
                held_for=HeldFor.PERSON,
                until=clock.now(),
                booked_by_id=actor_id,
                series=series,
            )
            held.append(appointment)
            over_a_rule += [appointment] if is_over else []
        lifecycle.book(held, by=actor_id)
        for appointment in over_a_rule:
            go_over_rule(actor, appointment, reason=override)
        return held[0].id

    asked = ",".join(hour.isoformat() for hour in hours)
    request = f"{enrolment_id}/{type_id}/{asked}/{override}"
    first = db.session.get(Appointment, once(actor_id, "book_for", key, request, write))
    assert first is not None  # noqa: S101  (written just now, or kept with its key)
    return first
