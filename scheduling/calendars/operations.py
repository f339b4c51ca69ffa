"""The life of calendar links: making, closing, renewing them, who reads them, what is odd."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from core import clock, tokens
from core.authorization import INSTANCE, Actor, Instance, System, operation
from core.database import db
from core.errors import NotFoundError
from scheduling.agendas.models import Agenda
from scheduling.calendars import emails
from scheduling.calendars.models import FeedLink, FeedReader
from scheduling.calendars.policy import CalendarPermission
from scheduling.calendars.queries import list_silent_links
from scheduling.calendars.vocabulary import DetailLevel, program_name
from security.models import User

SILENT_AFTER = timedelta(days=7)
"""Programs read at least once a day: after a week without, something is wrong."""
LEARNING = timedelta(days=14)
"""How long a new link gets to know the networks of its own device."""
READ_FOR_EVERYBODY = frozenset({"Google Agenda", "Outlook"})
MOST_READERS = 30
"""Rows kept of one link: a secret that is read from more places than that is no secret."""


@operation(CalendarPermission.CREATE_LINK)
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


@operation(CalendarPermission.SHOW_LINK)
def show_link(_actor: User, link: FeedLink) -> str:
    """Return the secret address's token again; that it was shown is recorded.

    Raises:
        NotFoundError: the link is closed.
    """
    if link.revoked_at is not None:
        raise NotFoundError
    return link.token


@operation(CalendarPermission.REVOKE_LINK)
def revoke_link(_actor: User, link: FeedLink) -> None:
    """Close the address for ever, at once."""
    if link.revoked_at is None:
        link.revoked_at = clock.now()


@operation(CalendarPermission.RENEW_LINK)
def renew_link(_actor: User, link: FeedLink) -> FeedLink:
    """Put a new secret address in the place of one: the old one is closed in the same instant.

    Raises:
        NotFoundError: it is closed already.
    """
    if link.revoked_at is not None:
        raise NotFoundError
    link.revoked_at = clock.now()
    token = tokens.new_token()
    renewed = FeedLink(
        agenda_id=link.agenda_id,
        name=link.name,
        token=token,
        token_hash=tokens.hash_token(token),
        detail_level=link.detail_level,
        created_at=clock.now(),
    )
    db.session.add(renewed)
    return renewed


def note_reading(link_id: int, program: str, network: str) -> None:
    """Observe that a program read the calendar; part of the observer's own short transaction.

    A program of another kind is told to the link's maker, and so is, once the first two weeks are
    over, another network; telephones change networks all day, so one mail a month says it.
    Services that read for everybody (Google, Outlook on the web) have many networks of their own.
    """
    now = clock.now()
    link = db.session.get(FeedLink, link_id)
    if link is None:
        return
    link.last_fetched_at, link.last_program, link.warned_silent_at = now, program, None
    known = list(db.session.scalars(select(FeedReader).where(FeedReader.feed_link_id == link_id)))
    this = next((one for one in known if (one.program, one.network) == (program, network)), None)
    if this is not None:
        this.last_at, this.reads = now, this.reads + 1
        return
    if len(known) < MOST_READERS:
        db.session.add(
            FeedReader(
                feed_link_id=link_id,
                program=program,
                network=network,
                first_at=now,
                last_at=now,
                reads=1,
            )
        )
    if known and _is_strange(link, known, program, network):
        emails.read_elsewhere(link, program)


def _is_strange(link: FeedLink, known: list[FeedReader], program: str, network: str) -> bool:
    name = program_name(program)
    if name not in {program_name(one.program) for one in known}:
        return True
    if name in READ_FOR_EVERYBODY or clock.now() - link.created_at < LEARNING:
        return False
    return network not in {one.network for one in known}


def look_for_silence(_row_id: int, _payload: dict[str, Any]) -> None:
    """Answer the outbox, once a day: tell who keeps a link that nobody reads any more."""
    warn_of_silence(System("silent calendar links"), INSTANCE)


@operation(CalendarPermission.WARN_SILENT)
def warn_of_silence(_actor: Actor, _instance: Instance) -> None:
    """Say once, until it is read again, that a calendar no longer hears of changes."""
    now = clock.now()
    for link in list_silent_links(now - SILENT_AFTER):
        won = db.session.scalar(
            update(FeedLink)
            .where(FeedLink.id == link.id, FeedLink.warned_silent_at.is_(None))
            .values(warned_silent_at=now)
            .returning(FeedLink.id)
        )
        if won is not None:
            emails.silent(link)
