"""Finding agendas, their hours, and the consultation types of a bubble."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from bubbles.models import Bubble, Membership
from core import wording
from core.database import db
from core.errors import NotFoundError
from core.statements import ME, rows
from scheduling.agendas.models import Agenda, ConsultationType, Question

if TYPE_CHECKING:
    from security.models import User


class AgendaRow(NamedTuple):
    """What pages of an agenda say of it: its bubble, and the clock of the place."""

    id: int
    bubble_id: int
    bubble_name: str
    zone: str

    @property
    def hue(self) -> int:
        """Return the stable colour of the bubble."""
        return wording.hue(self.bubble_id)


_OPEN_AGENDAS: Any = (
    select(Agenda.id, Agenda.bubble_id, Bubble.name, Bubble.time_zone)
    .join(Bubble, Bubble.id == Agenda.bubble_id)
    .where(Agenda.user_id == ME, Agenda.closed_at.is_(None))
    .order_by(func.lower(Bubble.name), Bubble.id)
)


def list_agenda_rows(actor: User) -> list[AgendaRow]:
    """Return the caregiver's open agendas, by name of the bubble."""
    return [AgendaRow._make(row) for row in rows(_OPEN_AGENDAS, me=actor.id)]


def find_agenda(user_id: int, bubble_id: int) -> Agenda | None:
    """Return one caregiver's agenda in one bubble, open or closed."""
    query = select(Agenda).where(Agenda.user_id == user_id, Agenda.bubble_id == bubble_id)
    return db.session.scalar(query)


def list_agendas_of(actor: User) -> list[Agenda]:
    """Return the caregiver's open agendas with their bubbles, by name of the bubble."""
    query = (
        select(Agenda)
        .join(Agenda.bubble)
        .where(Agenda.user_id == actor.id, Agenda.closed_at.is_(None))
        .options(joinedload(Agenda.bubble))
        .order_by(func.lower(Bubble.name), Bubble.id)
    )
    return list(db.session.scalars(query))


def get_agenda_for(actor: User, agenda_id: int) -> Agenda:
    """Return one of the caregiver's own open agendas."""
    query = select(Agenda).where(
        Agenda.id == agenda_id, Agenda.user_id == actor.id, Agenda.closed_at.is_(None)
    )
    agenda = db.session.scalar(query.options(joinedload(Agenda.bubble)))
    if agenda is None:
        raise NotFoundError
    return agenda


def list_types_of(bubble_id: int) -> list[ConsultationType]:
    """Return a bubble's consultation types with who offers them, by name."""
    query = (
        select(ConsultationType)
        .where(ConsultationType.bubble_id == bubble_id, ConsultationType.removed_at.is_(None))
        .options(selectinload(ConsultationType.caregivers))
        .order_by(func.lower(ConsultationType.name), ConsultationType.id)
    )
    return list(db.session.scalars(query))


def map_types_of_caregiver(
    user_id: int, bubble_ids: Collection[int]
) -> dict[int, list[ConsultationType]]:
    """Map bubbles to the consultation types that one caregiver offers there, by name."""
    query = (
        select(ConsultationType)
        .where(
            ConsultationType.bubble_id.in_(bubble_ids),
            ConsultationType.removed_at.is_(None),
            ConsultationType.caregivers.any(id=user_id),
        )
        .order_by(func.lower(ConsultationType.name), ConsultationType.id)
    )
    types: dict[int, list[ConsultationType]] = {bubble_id: [] for bubble_id in bubble_ids}
    for consultation_type in db.session.scalars(query):
        types[consultation_type.bubble_id].append(consultation_type)
    return types


def get_type_for(actor: User, bubble_id: int, type_id: int) -> ConsultationType:
    """Return a consultation type of a bubble that ``actor`` belongs to the staff of."""
    mine = Bubble.memberships.any(Membership.user_id == actor.id)
    query = (
        select(ConsultationType)
        .where(
            ConsultationType.id == type_id,
            ConsultationType.bubble_id == bubble_id,
            ConsultationType.removed_at.is_(None),
            ConsultationType.bubble.has(mine),
        )
        .options(joinedload(ConsultationType.bubble), selectinload(ConsultationType.caregivers))
    )
    consultation_type = db.session.scalar(query)
    if consultation_type is None:
        raise NotFoundError
    return consultation_type


def get_type(type_id: int) -> ConsultationType | None:
    """Return a consultation type, removed ones included: for who holds its id already."""
    return db.session.get(ConsultationType, type_id)


def list_questions_of(type_id: int) -> list[Question]:
    """Return what is asked when a consultation type is booked, in order."""
    query = (
        select(Question)
        .where(Question.consultation_type_id == type_id, Question.removed_at.is_(None))
        .order_by(Question.position, Question.id)
    )
    return list(db.session.scalars(query))


def count_questions_of(type_ids: Collection[int]) -> dict[int, int]:
    """Map consultation types to how many questions are asked; those without are left out."""
    query = (
        select(Question.consultation_type_id, func.count(Question.id))
        .where(Question.consultation_type_id.in_(type_ids), Question.removed_at.is_(None))
        .group_by(Question.consultation_type_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


HAS_AGENDA = select(Agenda.id).where(Agenda.user_id == ME, Agenda.closed_at.is_(None)).exists()
"""The reader keeps an open agenda in any bubble."""
_HAS_AGENDA = select(HAS_AGENDA)


def has_agenda(user_id: int) -> bool:
    """Say whether the person keeps an open agenda in any bubble."""
    return bool(rows(_HAS_AGENDA, me=user_id).scalar_one())
