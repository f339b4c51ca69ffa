"""Finding what a calendar link opens: the link itself is the key."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from bubbles.models import Bubble
from core import clock, tokens
from core.database import db
from core.errors import NotFoundError
from patient.models import CareAssignment, Enrolment, Patient
from scheduling.agendas.models import Agenda, ConsultationType
from scheduling.agendas.vocabulary import ConsultationMode
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars.ical import zone_edition
from scheduling.calendars.models import FeedLink, FeedReader
from scheduling.calendars.vocabulary import DetailLevel
from security.models import User

PAST, FUTURE = timedelta(days=30), timedelta(days=365)
KEPT_EMPTY = timedelta(days=30)
"""How long the link of a closed agenda gives an empty calendar: an error would leave old events."""
NAMED_AT_ONCE = 5000
OBSERVED_EVERY = timedelta(minutes=1)
MOST_WARNED = 200
"""Mails of one day about links that nobody reads any more; the others follow the day after."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What one query tells of a calendar link: enough to answer « unchanged »."""

    link_id: int
    detail_level: DetailLevel
    created_at: datetime
    last_fetched_at: datetime | None
    revoked_at: datetime | None
    agenda_id: int
    version: int
    changed_at: datetime | None
    closed_at: datetime | None
    bubble_name: str
    place_name: str
    street: str
    postcode: str
    town: str
    zone: str
    locale: str
    is_enabled: bool

    @property
    def address(self) -> str:
        """Return the place on one line."""
        town = f"{self.postcode} {self.town}".strip()
        return ", ".join(part for part in (self.place_name, self.street, town) if part)

    def is_gone(self, now: datetime) -> bool:
        """Say whether the link will never give anything again."""
        if self.revoked_at is not None or not self.is_enabled:
            return True
        return self.closed_at is not None and now >= self.closed_at + KEPT_EMPTY

    def today(self, now: datetime) -> date:
        """Return the date at the place: the window of events moves with it."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def etag(self, now: datetime) -> str:
        """Name the text of the calendar without writing it."""
        parts = (
            zone_edition(self.zone),
            self.link_id,
            self.version,
            self.detail_level.value,
            self.today(now).isoformat(),
            self.closed_at is not None,
            self.bubble_name,
            self.address,
            self.zone,
            self.locale,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def last_modified(self, now: datetime) -> datetime:
        """Return when the text last became another: by a change, or by the date."""
        midnight = datetime.combine(self.today(now), time(), ZoneInfo(self.zone))
        known = [self.created_at, midnight, self.changed_at, self.closed_at]
        return max(moment for moment in known if moment is not None)

    def wants_observing(self, now: datetime) -> bool:
        """Say whether a minute has gone by since somebody last read it."""
        return self.last_fetched_at is None or now - self.last_fetched_at >= OBSERVED_EVERY


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One appointment of a feed, whole."""

    appointment_id: int
    uid: str
    sequence: int
    enrolment_id: int
    type_id: int
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    status: AppointmentStatus


_FEEDS: Any = (  # put together once: programs ask all day long
    select(
        FeedLink.id,
        FeedLink.detail_level,
        FeedLink.created_at,
        FeedLink.last_fetched_at,
        FeedLink.revoked_at,
        Agenda.id,
        Agenda.version,
        Agenda.changed_at,
        Agenda.closed_at,
        Bubble.name,
        Bubble.place_name,
        Bubble.street,
        Bubble.postcode,
        Bubble.town,
        Bubble.time_zone,
        User.locale,
        User.is_enabled,
    )
    .join(Agenda, Agenda.id == FeedLink.agenda_id)
    .join(Bubble, Bubble.id == Agenda.bubble_id)
    .join(User, User.id == Agenda.user_id)
)


def find_feed(token: str) -> Feed | None:
    """Return what the link opens, in one query."""
    query = _FEEDS.where(FeedLink.token_hash == tokens.hash_token(token))
    row: Any = db.session.execute(query).first()
    return None if row is None else Feed(*row)


def list_feed_keys(feed: Feed) -> list[tuple[str, int, int, int]]:
    """Return what tells each event from its earlier self: UID, SEQUENCE, patient's place, type.

    Promised appointments of the window, and for thirty days those that were cancelled. Enough to
    join what is written already: a feed of thousands of events is read without reading them.
    """
    if feed.closed_at is not None:
        return []
    today = datetime.combine(feed.today(clock.now()), time(), ZoneInfo(feed.zone))
    cancelled = and_(
        Appointment.status == AppointmentStatus.CANCELLED,
        Appointment.confirmed_at.is_not(None),
        Appointment.cancelled_at >= today - PAST,
    )
    query = (
        select(
            Appointment.uid,
            Appointment.sequence,
            Appointment.enrolment_id,
            Appointment.consultation_type_id,
        )
        .where(
            Appointment.agenda_id == feed.agenda_id,
            Appointment.starts_at >= today - PAST,
            Appointment.starts_at < today + FUTURE,
            or_(Appointment.status == AppointmentStatus.CONFIRMED, cancelled),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [(uid, number, place, kind) for uid, number, place, kind in db.session.execute(query)]


def list_feed_events(uids: Sequence[str]) -> Iterator[FeedEvent]:
    """Return these appointments whole, as many at a time as a statement may name."""
    for first in range(0, len(uids), NAMED_AT_ONCE):
        query: Any = select(
            Appointment.id,
            Appointment.uid,
            Appointment.sequence,
            Appointment.enrolment_id,
            Appointment.consultation_type_id,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.updated_at,
            Appointment.status,
        ).where(Appointment.uid.in_(uids[first : first + NAMED_AT_ONCE]))
        for row in db.session.execute(query):
            yield FeedEvent(*row)


def map_modes(feed: Feed) -> dict[int, ConsultationMode]:
    """Map the bubble's consultation types, removed ones included, to where they take place."""
    query = (
        select(ConsultationType.id, ConsultationType.mode)
        .join(Agenda, Agenda.bubble_id == ConsultationType.bubble_id)
        .where(Agenda.id == feed.agenda_id)
    )
    return dict(row for row in db.session.execute(query))


def map_followed_names(feed: Feed) -> dict[int, tuple[str, str]]:
    """Map the places of patients whom the caregiver follows now to their names."""
    query = (
        select(Enrolment.id, Patient.given_name, Patient.family_name)
        .join(Patient, Patient.id == Enrolment.patient_id)
        .join(CareAssignment, CareAssignment.enrolment_id == Enrolment.id)
        .join(
            Agenda,
            and_(Agenda.user_id == CareAssignment.user_id, Agenda.bubble_id == Enrolment.bubble_id),
        )
        .where(Agenda.id == feed.agenda_id, Enrolment.ended_at.is_(None))
    )
    return {place: (given, family) for place, given, family in db.session.execute(query)}


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
    for one in db.session.scalars(query):
        readers[one.feed_link_id].append(one)
    return readers


def map_links(agenda_ids: Collection[int]) -> dict[int, list[FeedLink]]:
    """Map agendas to their calendar links that open something still, the newest first."""
    query = (
        select(FeedLink)
        .where(FeedLink.agenda_id.in_(agenda_ids), FeedLink.revoked_at.is_(None))
        .order_by(FeedLink.created_at.desc(), FeedLink.id.desc())
    )
    links: dict[int, list[FeedLink]] = {agenda_id: [] for agenda_id in agenda_ids}
    for one in db.session.scalars(query):
        links[one.agenda_id].append(one)
    return links


def get_link_for(actor: Any, link_id: int) -> FeedLink:
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
