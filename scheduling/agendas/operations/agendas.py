"""Opening and closing agendas."""

from __future__ import annotations

from sqlalchemy import delete, select

from core import clock
from core.authorization import consequence
from core.database import db
from scheduling.agendas.models import Agenda, ConsultationType, consultation_type_caregivers
from scheduling.agendas.operations.versions import touch_agendas
from scheduling.agendas.queries.settings import find_agenda


@consequence
def open_agenda(*, user_id: int, bubble_id: int) -> None:
    """Give a new caregiver their agenda; who comes back finds the old one open again."""
    agenda = find_agenda(user_id, bubble_id)
    if agenda is None:
        db.session.add(Agenda(user_id=user_id, bubble_id=bubble_id, version=0))
    elif agenda.closed_at is not None:
        agenda.closed_at = None
        touch_agendas([agenda.id])


@consequence
def close_agenda(*, user_id: int, bubble_id: int) -> None:
    """End what a caregiver kept in a bubble: links empty themselves, types offer them no more."""
    agenda = find_agenda(user_id, bubble_id)
    if agenda is not None and agenda.closed_at is None:
        agenda.closed_at = clock.now()
        touch_agendas([agenda.id])
    here = select(ConsultationType.id).where(ConsultationType.bubble_id == bubble_id)
    offered = consultation_type_caregivers
    db.session.execute(
        delete(offered).where(
            offered.c.user_id == user_id, offered.c.consultation_type_id.in_(here)
        )
    )
