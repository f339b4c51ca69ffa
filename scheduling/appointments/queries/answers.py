"""What was answered for an appointment, and what is not."""

from __future__ import annotations

from sqlalchemy import select

from core.database import db
from scheduling.agendas.models import Question
from scheduling.appointments.models import Answer, Appointment


def list_answers(appointment_id: int) -> list[Answer]:
    """Return what was answered for one appointment, in the order of the questions."""
    query = (
        select(Answer)
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.appointment_id == appointment_id)
        .order_by(Question.position, Answer.id)
    )
    return list(db.session.scalars(query))


def has_unanswered(appointment: Appointment) -> bool:
    """Say whether a question that must be answered has no answer with this appointment."""
    answered = select(Answer.question_id).where(Answer.appointment_id == appointment.id)
    query = select(Question.id).where(
        Question.consultation_type_id == appointment.consultation_type_id,
        Question.removed_at.is_(None),
        Question.is_required,
        Question.id.not_in(answered),
    )
    return db.session.scalar(query.limit(1)) is not None
