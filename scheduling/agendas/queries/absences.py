"""Finding when a caregiver takes no appointment, and what that hits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import clock
from core.database import db
from core.errors import NotFoundError
from scheduling.agendas.models import Absence, Agenda
from scheduling.agendas.vocabulary import AbsenceKind
from security.models import User


def list_absences_of(actor: User, *, most: int = 300) -> list[Absence]:
    """Return the caregiver's absences that are not over, the nearest first."""
    query = (
        select(Absence)
        .where(Absence.user_id == actor.id, Absence.ends_at > clock.now())
        .options(joinedload(Absence.agenda).joinedload(Agenda.bubble))
        .order_by(Absence.starts_at, Absence.id)
        .limit(most)
    )
    return list(db.session.scalars(query))


def get_absence_for(actor: User, absence_id: int) -> Absence:
    """Return one of the caregiver's own absences."""
    query = (
        select(Absence)
        .where(Absence.id == absence_id, Absence.user_id == actor.id)
        .options(joinedload(Absence.agenda).joinedload(Agenda.bubble))
    )
    absence = db.session.scalar(query)
    if absence is None:
        raise NotFoundError
    return absence


def list_series(absence: Absence) -> list[Absence]:
    """Return an absence with its repetitions, the first one first."""
    if absence.series is None:
        return [absence]
    query = select(Absence).where(
        Absence.series == absence.series, Absence.user_id == absence.user_id
    )
    return list(db.session.scalars(query.order_by(Absence.starts_at)))


def known_beginnings(user_id: int, kind: AbsenceKind) -> set[datetime]:
    """Return when the absences of one kind begin that close all agendas."""
    query = select(Absence.starts_at).where(
        Absence.user_id == user_id, Absence.kind == kind, Absence.agenda_id.is_(None)
    )
    return set(db.session.scalars(query))
