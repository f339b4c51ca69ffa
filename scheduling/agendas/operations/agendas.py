"""Opening and closing agendas, and their calendar links."""

from __future__ import annotations

from sqlalchemy import delete, select

from core import clock, tokens
from core.authorization import consequence, operation
from core.database import db
from core.errors import NotFoundError
from patient.models import Enrolment
from scheduling.agendas.models import Agenda, ConsultationType, consultation_type_caregivers
from scheduling.agendas.queries.settings import find_agenda
from scheduling.appointments.operations.changes import touch_agendas
from scheduling.calendars.models import FeedLink
from scheduling.policy import SchedulingPermission
from scheduling.vocabulary import DetailLevel
from security.models import User


@operation(SchedulingPermission.CREATE_LINK)
def create_link(_actor: User, agenda: Agenda, *, name: str, detail_level: DetailLevel) -> FeedLink:
    """Make a secret address for one device; its token is on the returned row."""
    token = tokens.new_token()
    link = FeedLink(
        agenda_id=agenda.id,
        name=name,
        token=token,
        token_hash=tokens.hash_token(token),
        detail_level=detail_level,
        created_at=clock.now(),
    )
    db.session.add(link)
    return link


@operation(SchedulingPermission.SHOW_LINK)
def show_link(_actor: User, link: FeedLink) -> str:
    """Return the secret address's token again; that it was shown is recorded.

    Raises:
        NotFoundError: the link is closed.
    """
    if link.revoked_at is not None:
        raise NotFoundError
    return link.token


@operation(SchedulingPermission.REVOKE_LINK)
def revoke_link(_actor: User, link: FeedLink) -> None:
    """Close the address for ever, at once."""
    if link.revoked_at is None:
        link.revoked_at = clock.now()


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


@consequence
def hide_names(*, user_id: int, enrolment_id: int) -> None:
    """Make calendar links read again: a patient whom one no longer follows has no name there."""
    bubble_id = select(Enrolment.bubble_id).where(Enrolment.id == enrolment_id).scalar_subquery()
    here = select(Agenda.id).where(Agenda.user_id == user_id, Agenda.bubble_id == bubble_id)
    touch_agendas(db.session.scalars(here))
