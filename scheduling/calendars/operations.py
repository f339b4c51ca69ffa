"""The life of calendar links, and the lines of their events, written when appointments change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core import clock, tokens
from core.authorization import INSTANCE, Actor, Instance, System, Wait, consequence, operation
from core.database import db
from core.errors import NotFoundError
from core.mail import absolute_url, say
from patient.models import Enrolment
from scheduling.agendas.models import Agenda
from scheduling.agendas.operations.versions import touch_agendas
from scheduling.agendas.queries.locks import agendas_of
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars import emails
from scheduling.calendars.ical import EventFacts, edition, render_lines
from scheduling.calendars.models import EventText, FeedLink, FeedReader
from scheduling.calendars.policy import CalendarPermission
from scheduling.calendars.queries.feeds import list_written_from
from scheduling.calendars.queries.links import list_silent_links
from scheduling.calendars.vocabulary import DetailLevel, program_name
from security.models import User

SILENT_AFTER = timedelta(days=7)
"""Programs read at least once a day: after a week without, something is wrong."""
LEARNING = timedelta(days=14)
"""How long a new link gets to know the networks of its own device."""
READ_FOR_EVERYBODY = frozenset({"Google Agenda", "Outlook"})
MOST_READERS = 30
"""Rows kept of one link: a secret that is read from more places than that is no secret."""


def _its_owner(_actor: User, row: Agenda | FeedLink, **_asked: object) -> Wait:
    """Wait for who changes appointments of an agenda that nobody reads yet: they tell no reader."""
    agenda = row if isinstance(row, Agenda) else row.agenda
    return agendas_of(agenda.user_id)


@operation(CalendarPermission.CREATE_LINK, lock=_its_owner)
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


@operation(CalendarPermission.RENEW_LINK, lock=_its_owner)
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
    this = next(
        (reader for reader in known if (reader.program, reader.network) == (program, network)), None
    )
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
        key = f"feed-{link.id}-elsewhere-{now:%Y-%m}"
        say([emails.read_elsewhere(link.id, program).to(link.agenda.user_id, key=key)])


def _is_strange(link: FeedLink, known: list[FeedReader], program: str, network: str) -> bool:
    name = program_name(program)
    if name not in {program_name(reader.program) for reader in known}:
        return True
    if name in READ_FOR_EVERYBODY or clock.now() - link.created_at < LEARNING:
        return False
    return network not in {reader.network for reader in known}


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
            key = f"feed-{link.id}-silent-{now.date()}"
            told = emails.silent(link.id, link.last_program or "")
            say([told.to(link.agenda.user_id, key=key)])


@consequence
def follow_appointments(*, agenda_ids: Collection[int], appointment_ids: Collection[int]) -> None:
    """Let calendar links know that there is something new, and write it where somebody reads."""
    touch_agendas(agenda_ids)
    keep_lines(write_lines(appointment_ids, only_read=True))


@consequence
def follow_names(
    *,
    bubble_id: int | None = None,
    enrolment_id: int | None = None,
    patient_id: int | None = None,
    user_ids: Collection[int] | None = None,
) -> None:
    """Make calendar links read again where names are shown, or hidden, from now on.

    One of the three says where; ``user_ids``: only the agendas of these people.
    """
    places = select(Enrolment.bubble_id)
    where: ColumnElement[bool]
    if enrolment_id is not None:
        where = Agenda.bubble_id.in_(places.where(Enrolment.id == enrolment_id))
    elif patient_id is not None:
        where = Agenda.bubble_id.in_(places.where(Enrolment.patient_id == patient_id))
    else:
        where = Agenda.bubble_id == bubble_id
    query = select(Agenda.id).where(where)
    if user_ids is not None:
        query = query.where(Agenda.user_id.in_(user_ids))
    touch_agendas(db.session.scalars(query))


def write_lines(
    appointment_ids: Collection[int], *, only_read: bool = False
) -> list[dict[str, Any]]:
    """Write the lines of these appointments, as ``keep_lines`` keeps them.

    ``only_read``: leave out those of agendas that have no calendar link.
    """
    site = absolute_url("")
    rows = []
    for event in list_written_from(sorted(appointment_ids), only_read=only_read):
        lines = render_lines(
            EventFacts(
                uid=event.uid,
                sequence=event.sequence,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
                updated_at=event.updated_at,
                is_cancelled=event.status is AppointmentStatus.CANCELLED,
                zone=event.zone,
                url=f"{site}/agenda/rendez-vous/{event.appointment_id}",
            )
        )
        rows.append(
            {
                "appointment_id": event.appointment_id,
                "edition": edition(event.zone, site),
                "sequence": event.sequence,
                "starts_at": event.starts_at,
                "ends_at": event.ends_at,
                "updated_at": event.updated_at,
                "status": event.status,
                "opening": lines.opening,
                "ending": lines.ending,
            }
        )
    return rows


def keep_lines(rows: Sequence[dict[str, Any]]) -> None:
    """Keep written lines in the place of those written before."""
    if not rows:
        return
    is_postgresql = db.engine.dialect.name == "postgresql"
    new = (postgresql if is_postgresql else sqlite).insert(EventText.__table__)
    columns = {name: new.excluded[name] for name in rows[0] if name != "appointment_id"}
    statement = new.on_conflict_do_update(index_elements=["appointment_id"], set_=columns)
    db.session.connection().execute(statement, rows)
