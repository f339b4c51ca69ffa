"""What a booking must know of its patient, and what was answered so far."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import select

from core import clock
from core.database import db
from scheduling.agendas.models import Question
from scheduling.appointments.models import Answer, Appointment
from scheduling.booking.models import DRAFT_LIFE, BookingDraft


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
