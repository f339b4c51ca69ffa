"""Finding calendar links, and who reads them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.database import db
from core.errors import NotFoundError
from scheduling.agendas.models import Agenda
from scheduling.appointments.models import Appointment
from scheduling.calendars.models import FeedLink, FeedReader
from security.models import User

MOST_WARNED = 200
"""Mails of one day about links that nobody reads any more; the others follow the day after."""
HAS_FEED = (
    select(FeedLink.id)
    .where(FeedLink.agenda_id == Appointment.agenda_id, FeedLink.revoked_at.is_(None))
    .correlate(Appointment)
    .exists()
)
"""A calendar link shows the agenda of an appointment."""


def list_silent_links(since: datetime) -> list[FeedLink]:
    """Return the open links that were read once, not since then, and whose maker was not told."""
    query = (
        select(FeedLink)
        .join(FeedLink.agenda)
        .join(Agenda.user)
        .where(
            FeedLink.revoked_at.is_(None),
            FeedLink.last_fetched_at < since,
            FeedLink.warned_silent_at.is_(None),
            Agenda.closed_at.is_(None),
            User.is_enabled,
        )
        .order_by(FeedLink.id)
        .limit(MOST_WARNED)
    )
    return list(db.session.scalars(query))


def map_readers(link_ids: Sequence[int]) -> dict[int, list[FeedReader]]:
    """Map calendar links to the programs that have read them, the latest first."""
    query = (
        select(FeedReader)
        .where(FeedReader.feed_link_id.in_(link_ids))
        .order_by(FeedReader.last_at.desc(), FeedReader.id.desc())
    )
    readers: dict[int, list[FeedReader]] = {link_id: [] for link_id in link_ids}
    for reader in db.session.scalars(query):
        readers[reader.feed_link_id].append(reader)
    return readers


def map_links(agenda_ids: Collection[int]) -> dict[int, list[FeedLink]]:
    """Map agendas to their calendar links that open something still, the newest first."""
    query = (
        select(FeedLink)
        .where(FeedLink.agenda_id.in_(agenda_ids), FeedLink.revoked_at.is_(None))
        .order_by(FeedLink.created_at.desc(), FeedLink.id.desc())
    )
    links: dict[int, list[FeedLink]] = {agenda_id: [] for agenda_id in agenda_ids}
    for link in db.session.scalars(query):
        links[link.agenda_id].append(link)
    return links


def get_link_for(actor: User, link_id: int) -> FeedLink:
    """Return a calendar link into one of the caregiver's own agendas."""
    query = (
        select(FeedLink)
        .join(FeedLink.agenda)
        .where(FeedLink.id == link_id, Agenda.user_id == actor.id)
        .options(joinedload(FeedLink.agenda).joinedload(Agenda.bubble))
    )
    link = db.session.scalar(query)
    if link is None:
        raise NotFoundError
    return link


def find_open_link(link_id: int) -> FeedLink | None:
    """Return one link that is not closed, for the application itself."""
    query = select(FeedLink).where(FeedLink.id == link_id, FeedLink.revoked_at.is_(None))
    return db.session.scalar(query)
