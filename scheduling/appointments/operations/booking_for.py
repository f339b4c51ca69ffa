"""A caregiver books for one of their patients: once, or every week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core import clock, tokens
from core.authorization import operation
from core.database import db
from core.idempotency import once
from patient.models import Enrolment
from patient.queries.places import guardian_ids
from scheduling.agendas.models import ConsultationType
from scheduling.agendas.queries.bookable import BookableService, get_service
from scheduling.appointments.errors import TooManyRepetitionsError
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changes import note_change, touch_agendas
from scheduling.appointments.operations.changing import go_over_rule
from scheduling.appointments.operations.taking import add_appointment, release, require_reason
from scheduling.appointments.policy import AppointmentPermission
from scheduling.appointments.queries.locks import lock_agenda
from scheduling.appointments.vocabulary import AppointmentStatus, ChangeKind
from scheduling.notices.emails import moves
from scheduling.time.recurrence import MOST_HOURS
from scheduling.waiting_list.operations.freed_hours import wait_from
from security.models import User
from security.queries import get_user


@operation(AppointmentPermission.BOOK_FOR)
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
    place_id, type_id, actor_id = enrolment.id, consultation_type.id, actor.id

    lock_agenda(actor_id)  # before the key is looked for: twice at once is once

    def write() -> int:
        offer = get_service(place_id, actor_id, type_id, is_online=False)
        series = tokens.new_token()[:40] if len(hours) > 1 else None
        made = [_promise(actor, offer, hour, override, series) for hour in sorted(hours)]
        touch_agendas([offer.agenda_id])
        for user_id in guardian_ids(enrolment.patient_id):
            guardian = get_user(user_id)
            if guardian is not None and guardian.id != actor_id:
                moves.booked_for(made, guardian)
        return made[0].id

    asked = ",".join(hour.isoformat() for hour in hours)
    request = f"{place_id}/{type_id}/{asked}/{override}"
    first = db.session.get(Appointment, once(actor_id, "book_for", key, request, write))
    assert first is not None  # noqa: S101  (written just now, or kept with its key)
    return first


def _promise(
    actor: User, offer: BookableService, starts_at: datetime, override: str, series: str | None
) -> Appointment:
    release(offer, starts_at)
    is_over = require_reason(offer, starts_at, override)
    made = add_appointment(
        offer,
        starts_at,
        status=AppointmentStatus.CONFIRMED,
        confirmed_at=clock.now(),
        booked_by_id=actor.id,
        series=series,
    )
    note_change(made, ChangeKind.BOOKED, actor.id)
    wait_from(made)
    if is_over:
        go_over_rule(actor, made, reason=override)
    return made
