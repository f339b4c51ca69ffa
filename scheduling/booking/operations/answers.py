"""What is answered while booking: kept beside the booking, then with the appointment."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import delete, select

from core import clock
from core.authorization import operation
from core.database import db
from patient.models import Enrolment
from patient.queries.relatives import get_guarded_by
from scheduling.agendas.models import ConsultationType, Question
from scheduling.appointments.models import Answer, Appointment
from scheduling.appointments.queries.acts import may_have
from scheduling.appointments.queries.answers import list_answers
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.booking.errors import UnansweredError
from scheduling.booking.models import BookingDraft
from scheduling.booking.policy import BookingPermission
from scheduling.booking.queries import find_draft, list_questions
from security.models import User


@operation(BookingPermission.ANSWER)
def keep_answers(
    actor: User,
    _enrolment: Enrolment,
    *,
    patient_id: int,
    consultation_type: ConsultationType,
    answers: Mapping[int, str],
) -> None:
    """Keep what is answered so far; the hour that ``actor`` holds for it has the same answers.

    Raises:
        NotFoundError: ``actor`` does not act for this patient.
    """
    get_guarded_by(actor, patient_id)
    mine = (
        BookingDraft.user_id == actor.id,
        BookingDraft.patient_id == patient_id,
        BookingDraft.consultation_type_id == consultation_type.id,
    )
    db.session.execute(select(User.id).where(User.id == actor.id).with_for_update(key_share=True))
    db.session.execute(delete(BookingDraft).where(*mine))
    asked = {question.id for question in list_questions(consultation_type.id)}
    kept = {number: text for number, text in answers.items() if number in asked and text.strip()}
    db.session.add(
        BookingDraft(
            user_id=actor.id,
            patient_id=patient_id,
            consultation_type_id=consultation_type.id,
            answers=json.dumps(kept),
            kept_at=clock.now(),
        )
    )
    db.session.flush()  # what is held asks it
    for held in _holds(actor.id, patient_id, consultation_type.id):
        attach_answers(held, actor.id, patient_id)


def attach_answers(appointment: Appointment, user_id: int, patient_id: int) -> None:
    """Write beside an hour what its booker answered.

    Raises:
        UnansweredError: a question that must be answered is not.
    """
    write_answers(appointment, find_draft(user_id, patient_id, appointment.consultation_type_id))


def write_answers(appointment: Appointment, given: Mapping[int, str]) -> None:
    """Write beside an hour what was answered, in the words of the questions as they are now.

    Raises:
        UnansweredError: a question that must be answered is not.
    """
    questions = list_questions(appointment.consultation_type_id)
    if not questions:
        return
    _require(questions, given)
    db.session.execute(delete(Answer).where(Answer.appointment_id == appointment.id))
    db.session.add_all(
        Answer(
            appointment_id=appointment.id,
            question_id=question.id,
            wording=question.wording,
            text=given[question.id].strip(),
        )
        for question in questions
        if given.get(question.id, "").strip()
    )


def require_answered(appointment: Appointment) -> bool:
    """Judge a last time what is promised, and say whether anything is asked of it at all.

    Questions may have changed meanwhile.

    Raises:
        UnansweredError: a question that must be answered is not.
    """
    if not may_have(appointment.id, "has_questions"):
        return False
    questions = list_questions(appointment.consultation_type_id)
    if questions:
        given = {answer.question_id: answer.text for answer in list_answers(appointment.id)}
        _require(questions, given)
    return bool(questions)


def forget_draft(user_id: int, appointment: Appointment) -> None:
    """The answers are with the appointment now."""
    db.session.execute(
        delete(BookingDraft).where(
            BookingDraft.user_id == user_id,
            BookingDraft.patient_id == appointment.enrolment.patient_id,
            BookingDraft.consultation_type_id == appointment.consultation_type_id,
        )
    )


def _require(questions: list[Question], given: Mapping[int, str]) -> None:
    if any(
        question.is_required and not given.get(question.id, "").strip() for question in questions
    ):
        raise UnansweredError


def _holds(user_id: int, patient_id: int, type_id: int) -> list[Appointment]:
    query = (
        select(Appointment)
        .join(Appointment.enrolment)
        .where(
            Appointment.booked_by_id == user_id,
            Appointment.status == AppointmentStatus.HELD,
            Appointment.held_until > clock.now(),
            Appointment.consultation_type_id == type_id,
            Enrolment.patient_id == patient_id,
        )
    )
    return list(db.session.scalars(query))
