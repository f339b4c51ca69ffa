"""Long lists of people cared for: searched, sorted and cut in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, select
from sqlalchemy.orm import contains_eager, joinedload

from bubbles.models import Bubble
from core import paging, wording
from core.database import db
from core.paging import Page
from patient.models import CareAssignment, Enrolment, Patient
from patient.queries.places import followed_by, is_still_caregiver, sees_in_bubble
from security.models import User


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for among the patients of a bubble."""

    search: str = ""
    is_alone: bool = False
    """Only those whom no caregiver follows."""
    number: int = 1
    size: int = paging.SIZE


def named(search: str) -> ColumnElement[bool] | None:
    """Return what a name must satisfy: each word typed begins one of its words, in any order.

    Nothing typed asks for nothing; signs alone are nobody's name.
    """
    if not search.strip():
        return None
    words = wording.search_words(search)
    if not words:
        return false()
    return and_(*(Patient.search_text.contains(f" {word}", autoescape=True) for word in words))


BY_NAME: tuple[Any, ...] = (Patient.sort_key, Enrolment.id)


def followed(actor: User) -> Select[Enrolment]:
    """Choose the live enrolments whose patients ``actor`` follows, for a list to go on from."""
    return (
        select(Enrolment)
        .join(Enrolment.patient)
        .where(Enrolment.ended_at.is_(None), followed_by(actor))
    )


def with_names(query: Select[Enrolment]) -> Select[Enrolment]:
    """Load what a line of a list says together with the enrolment."""
    return query.options(contains_eager(Enrolment.patient), joinedload(Enrolment.bubble))


def cut(query: Select[Enrolment], number: int, size: int = paging.SIZE) -> Page[Enrolment]:
    """Return one page of enrolments, and count them all: two queries, whatever their number."""
    counted = query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = db.session.scalar(counted) or 0
    number = paging.within(number, total, size)
    lines = with_names(query).limit(size).offset((number - 1) * size)
    return paging.page_of(db.session.scalars(lines), total, number, size)


def list_in_bubble_for(actor: User, bubble_id: int, wanted: Wanted) -> Page[Enrolment]:
    """Return the bubble's patients: all to its administrators, else those whom one follows."""
    query = (
        select(Enrolment)
        .join(Enrolment.patient)
        .where(
            Enrolment.ended_at.is_(None),
            sees_in_bubble(actor, bubble_id),
        )
        .order_by(*BY_NAME)
    )
    condition = named(wanted.search)
    if condition is not None:
        query = query.where(condition)
    if wanted.is_alone:
        query = query.where(~_has_followers())
    return cut(query, wanted.number, wanted.size)


def count_alone_for(actor: User, bubble_id: int) -> int:
    """Count those of the bubble's patients whom ``actor`` sees and nobody follows."""
    query = (
        select(func.count())
        .select_from(Enrolment)
        .where(
            Enrolment.ended_at.is_(None),
            sees_in_bubble(actor, bubble_id),
            ~_has_followers(),
        )
    )
    return db.session.scalar(query) or 0


def list_live_among(bubble_id: int, enrolment_ids: set[int]) -> list[Enrolment]:
    """Return which of these enrolments stand in this bubble."""
    query = select(Enrolment).where(
        Enrolment.id.in_(enrolment_ids),
        Enrolment.bubble_id == bubble_id,
        Enrolment.ended_at.is_(None),
    )
    return list(db.session.scalars(query))


def list_bubbles_followed_in(actor: User) -> list[Bubble]:
    """Return the bubbles where ``actor`` follows somebody, by name."""
    places = (
        select(Enrolment.id)
        .where(Enrolment.bubble_id == Bubble.id, Enrolment.ended_at.is_(None), followed_by(actor))
        .correlate(Bubble)
        .exists()
    )
    query = select(Bubble).where(places).order_by(func.lower(Bubble.name), Bubble.id)
    return list(db.session.scalars(query))


def _has_followers() -> ColumnElement[bool]:
    return (
        select(CareAssignment.id)
        .join(User, User.id == CareAssignment.user_id)
        .where(CareAssignment.enrolment_id == Enrolment.id, is_still_caregiver())
        .correlate(Enrolment)
        .exists()
    )
