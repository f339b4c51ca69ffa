"""What somebody is among the staff of any bubble."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from bubbles.queries import IS_ADMIN, IS_CAREGIVER, IS_STAFF
from caregiver.queries import PROFESSION
from core.statements import rows
from security.models import User

STAFF_LIMITS = (timedelta(minutes=30), timedelta(hours=12))
"""How long the session of somebody who reads about others may rest, and last."""


_STANDING = select(
    IS_STAFF.label("is_staff"),
    IS_CAREGIVER.label("is_caregiver"),
    IS_ADMIN.label("is_admin"),
    PROFESSION.label("profession"),
)


@dataclass(frozen=True)
class Standing:
    """What somebody is among the staff of any bubble."""

    is_staff: bool
    is_caregiver: bool
    is_admin: bool
    profession: str
    """As the person writes it; empty for who is no caregiver."""


def get_standing(user_id: int) -> Standing:
    """Say what a person is among staff, whoever is there."""
    asked = rows(_STANDING, me=user_id).one()
    return Standing(asked.is_staff, asked.is_caregiver, asked.is_admin, asked.profession or "")


def session_limits(user: User) -> tuple[timedelta, timedelta] | None:
    """Shorten the sessions of the staff."""
    return STAFF_LIMITS if get_standing(user.id).is_staff else None
