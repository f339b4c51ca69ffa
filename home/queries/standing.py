"""What somebody is among the staff of any bubble."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from bubbles.models import Membership
from caregiver.models import Caregiver
from core.database import db
from security.models import User

STAFF_LIMITS = (timedelta(minutes=30), timedelta(hours=12))
"""How long the session of somebody who reads about others may rest, and last."""


@dataclass(frozen=True)
class Standing:
    """What somebody is among the staff of any bubble."""

    is_staff: bool
    is_caregiver: bool
    is_admin: bool
    profession: str
    """As the person writes it; empty for who is no caregiver."""


def get_standing(user_id: int) -> Standing:
    """Say what the person is among staff, in one query."""
    query = (
        select(Membership.is_caregiver, Membership.is_admin, Caregiver.profession)
        .outerjoin(Caregiver, Caregiver.user_id == Membership.user_id)
        .where(Membership.user_id == user_id)
    )
    roles = list(db.session.execute(query))
    return Standing(
        is_staff=bool(roles),
        is_caregiver=any(role.is_caregiver for role in roles),
        is_admin=any(role.is_admin for role in roles),
        profession=next((role.profession for role in roles if role.profession), ""),
    )


def session_limits(user: User) -> tuple[timedelta, timedelta] | None:
    """Shorten the sessions of the staff."""
    return STAFF_LIMITS if get_standing(user.id).is_staff else None
