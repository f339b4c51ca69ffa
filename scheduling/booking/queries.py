"""What a booking must know of its patient, and what was answered so far."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import aliased, load_only

from core import clock
from core.authorization import NOTHING, Known
from core.database import HasId, db, id_of, reference
from core.idempotency import EARLIER, Earlier, key_values
from core.statements import ME, NOW, READER, fixed
from patient.models import Enrolment
from patient.queries.places import guarded_by, guardian_right
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import Agenda, Question
from scheduling.agendas.queries.bookable import ONE_SERVICE, SERVICE_COLUMNS
from scheduling.appointments.errors import NotOfferedError
from scheduling.appointments.models import Answer, Appointment
from scheduling.appointments.queries.choices import Booking, Choice
from scheduling.appointments.queries.meetings import was_seen
from scheduling.appointments.rules import require_free
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.booking.models import DRAFT_LIFE, BookingDraft
from security.models import User

HOLD_ASKED = "hold asked"
"""Under which name an operation finds what ``hold_under_lock`` has read."""


HAS_QUESTIONS = (
    select(Question.id)
    .where(
        Question.consultation_type_id == Appointment.consultation_type_id,
        Question.removed_at.is_(None),
    )
    .correlate(Appointment)
    .exists()
)
"""Something is asked of who books the type of an appointment."""


_me = aliased(User)
_in_the_way, _before = aliased(Appointment), aliased(Appointment)
_HOLD: Any = (
    ONE_SERVICE.add_columns(
        Enrolment,
        _me,
        guarded_by(READER).label("is_guarded"),
        was_seen(Enrolment.patient_id, Agenda.user_id).label("is_seen"),
        or_(
            select(_in_the_way.id)
            .where(
                _in_the_way.caregiver_id == Agenda.user_id,
                _in_the_way.status == fixed(AppointmentStatus.HELD),
                _in_the_way.held_until <= NOW,
                _in_the_way.starts_at < bindparam("day_after"),
                _in_the_way.ends_at > bindparam("start"),
            )
            .exists(),
            select(_before.id)
            .where(_before.booked_by_id == ME, _before.status == fixed(AppointmentStatus.HELD))
            .exists(),
        ).label("gives_way"),
        *EARLIER,
    )
    .join(_me, _me.id == ME)
    .options(load_only(_me.id))
)


@dataclass(frozen=True)
class HoldAsked:
    """What is known, under the lock, of an hour that somebody would like to hold."""

    service: Sequence[Any]
    """A row of ``SERVICE_COLUMNS``."""
    is_seen: bool
    """This caregiver has had an appointment with the patient."""
    gives_way: bool
    """Some hold may have to be given up first: theirs, or one that has run out."""
    earlier: Earlier


def unread_enrolment(choice: Choice) -> Enrolment:
    """Return the enrolment of a choice for a door, which reads what it judges."""
    return reference(Enrolment, choice.enrolment.id)


def refuse_taken(wanted: Booking, starts_at: datetime, *, is_new: bool | None) -> None:
    """Judge without the lock an hour that somebody else was seen to have: why queue for a no.

    What else stands against it is said by who judges under the lock.

    Raises:
        SlotTakenError: it is taken, and nothing else is to be said first.
    """
    with suppress(NotBookableError, NotOfferedError):
        require_free(wanted.service_for(is_new=is_new), starts_at)


def hold_under_lock(
    actor: User,
    enrolment: Enrolment,
    *,
    consultation_type: HasId,
    caregiver: HasId,
    starts_at: datetime,
    key: str | None = None,
    **_asked: object,
) -> Known:
    """Read anew for a door: the place, who acts, what can be booked, what the key brought about.

    What cannot be booked has no row: ``HOLD_ASKED`` is not known then.
    """
    me = id_of(actor)
    row: Any = db.session.execute(
        _HOLD,
        {
            "me": me,
            "now": clock.now(),
            "enrolment": id_of(enrolment),
            "caregiver": id_of(caregiver),
            "type": id_of(consultation_type),
            "start": starts_at,
            "day_after": starts_at + timedelta(days=1),
            **key_values("hold", key),
        },
    ).one_or_none()
    if me is None or row is None:
        return NOTHING
    asked = HoldAsked(
        row[: len(SERVICE_COLUMNS)], row.is_seen, row.gives_way, Earlier._make(row[-2:])
    )
    right = guardian_right(me, enrolment.patient_id)
    return Known(rights={right: bool(row.is_guarded)}, facts={HOLD_ASKED: asked})


def list_questions(type_id: int) -> list[Question]:
    """Return what is asked of who books this type, in order."""
    query = (
        select(Question)
        .where(Question.consultation_type_id == type_id, Question.removed_at.is_(None))
        .order_by(Question.position, Question.id)
    )
    return list(db.session.scalars(query))


def find_draft(user_id: int, patient_id: int, type_id: int) -> dict[int, str]:
    """Return what this person answered within the day for this patient, by question."""
    text = db.session.scalar(
        select(BookingDraft.answers).where(
            BookingDraft.user_id == user_id,
            BookingDraft.patient_id == patient_id,
            BookingDraft.consultation_type_id == type_id,
            BookingDraft.kept_at > clock.now() - DRAFT_LIFE,
        )
    )
    return {int(number): answer for number, answer in json.loads(text or "{}").items()}


def list_answers_given_to(
    caregiver_id: int, enrolment_id: int, *, most: int = 10
) -> list[tuple[datetime, Answer]]:
    """Return what a patient answered for appointments with one caregiver, the newest first."""
    query = (
        select(Appointment.starts_at, Answer)
        .join(Answer, Answer.appointment_id == Appointment.id)
        .where(
            Appointment.enrolment_id == enrolment_id,
            Appointment.caregiver_id == caregiver_id,
            Appointment.confirmed_at.is_not(None),
        )
        .order_by(Appointment.starts_at.desc(), Answer.id)
        .limit(most)
    )
    return [(starts_at, answer) for starts_at, answer in db.session.execute(query)]
