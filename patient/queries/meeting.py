"""Who meets whom in a bubble: whose name and photo one may see there."""

from __future__ import annotations

from sqlalchemy import select

from bubbles.models import Membership
from core.database import db
from patient.models import Enrolment
from patient.queries.places import guarded_by
from security.models import User


def meets_staff(actor: User, user_id: int) -> bool | None:
    """Say whether ``actor`` acts for somebody who is enrolled in a bubble of this account now."""
    query = (
        select(Enrolment.id)
        .join(Membership, Membership.bubble_id == Enrolment.bubble_id)
        .where(Enrolment.ended_at.is_(None), Membership.user_id == user_id, guarded_by(actor))
        .limit(1)
    )
    return True if db.session.scalar(query) is not None else None
