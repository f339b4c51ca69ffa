"""Which places there are, read as the pages read them."""

from __future__ import annotations

from sqlalchemy import select

from core.database import db
from patient.models import Enrolment
from patient.queries.lists import BY_NAME, cut, followed


def followed_places(user) -> list[Enrolment]:
    """Return the places whose patients an account follows, as « Mes patients » lists them."""
    return cut(followed(user).order_by(*BY_NAME), 1).items


def live_places(bubble_id: int) -> list[Enrolment]:
    return list(
        db.session.scalars(
            select(Enrolment)
            .where(Enrolment.bubble_id == bubble_id, Enrolment.ended_at.is_(None))
            .order_by(Enrolment.id)
        )
    )
