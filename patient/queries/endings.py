"""Counting what would end with somebody's membership, or with the bubble."""

from __future__ import annotations

from sqlalchemy import func, select

from core.database import db
from patient.models import CareAssignment, Enrolment, Guardianship


def count_followed(bubble_id: int, user_id: int) -> int:
    """Count the patients of the bubble whom this account follows."""
    query = (
        select(func.count())
        .select_from(CareAssignment)
        .join(CareAssignment.enrolment)
        .where(
            Enrolment.bubble_id == bubble_id,
            Enrolment.ended_at.is_(None),
            CareAssignment.user_id == user_id,
        )
    )
    return db.session.scalar(query) or 0


def count_enrolments(bubble_id: int) -> int:
    """Count the patients who are enrolled in the bubble now."""
    query = (
        select(func.count())
        .select_from(Enrolment)
        .where(Enrolment.bubble_id == bubble_id, Enrolment.ended_at.is_(None))
    )
    return db.session.scalar(query) or 0


def acts_for_somebody_in(user_id: int, bubble_id: int) -> bool:
    """Say whether the account acts for somebody who is enrolled in the bubble now."""
    query = (
        select(Enrolment.id)
        .join(Guardianship, Guardianship.patient_id == Enrolment.patient_id)
        .where(
            Guardianship.user_id == user_id,
            Enrolment.bubble_id == bubble_id,
            Enrolment.ended_at.is_(None),
        )
        .limit(1)
    )
    return db.session.scalar(query) is not None
