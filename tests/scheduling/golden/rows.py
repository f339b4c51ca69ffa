"""The only file here that knows where the rows of agendas are declared."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from sqlalchemy import select

from core import clock, tokens
from core.database import db
from core.outbox import OutboxMessage, OutboxState
from core.transaction import transaction
from scheduling.agendas.models import Agenda
from scheduling.appointments.models import Appointment, CallTask
from scheduling.calendars.models import FeedLink
from scheduling.calendars.vocabulary import DetailLevel

if TYPE_CHECKING:
    from bubbles.models import Bubble
    from security.models import User

WAITING_LIST = "waiting_list"
"""What the worker looks at regularly: freed hours."""
_feed_ids = itertools.count(1000)
"""A process counts the readings of each link in an hour: no two cases share a number."""


def list_appointments() -> list[Appointment]:
    """Return every appointment, held ones too, in the order in which they were written."""
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Appointment).order_by(Appointment.id)))


def list_calls() -> list[tuple[str, str]]:
    """Return the calls to make: the calendar name of the appointment, and why."""
    query = select(CallTask).where(CallTask.done_at.is_(None)).order_by(CallTask.id)
    return [(task.appointment.uid, str(task.reason)) for task in db.session.scalars(query)]


def agenda_of(user: User, bubble: Bubble) -> Agenda:
    query = select(Agenda).where(Agenda.user_id == user.id, Agenda.bubble_id == bubble.id)
    return db.session.scalars(query).one()


def open_feed(agenda: Agenda) -> str:
    """Write a calendar link and return its address."""
    token = tokens.new_token()
    db.session.add(
        FeedLink(
            id=next(_feed_ids),
            agenda_id=agenda.id,
            name="Téléphone",
            token=token,
            token_hash=tokens.hash_token(token),
            detail_level=DetailLevel.DISCREET,
            created_at=clock.now(),
        )
    )
    return f"/agenda/{token}.ics"


def bury_mails() -> None:
    """Let every mail that waits be refused for good, as by a relay."""
    with transaction():
        for message in db.session.scalars(select(OutboxMessage).filter_by(kind="mail")):
            message.state, message.done_at = OutboxState.DEAD, message.created_at
