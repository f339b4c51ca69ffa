"""Finding what a calendar link opens: the link itself is the key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from bubbles.models import Bubble
from core import clock, tokens
from core.database import db
from patient.models import Enrolment, Patient
from scheduling.models import Agenda, Appointment, ConsultationType, FeedLink
from scheduling.queries.appointments import still_follows
from scheduling.vocabulary import AppointmentStatus, ConsultationMode, DetailLevel
from security.models import User

PAST, FUTURE = timedelta(days=30), timedelta(days=365)
KEPT_EMPTY = timedelta(days=30)
"""How long the link of a closed agenda gives an empty calendar: an error would leave old events."""
OBSERVED_EVERY = timedelta(minutes=1)


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
    """One appointment of a feed."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    status: AppointmentStatus
    mode: ConsultationMode
    given_name: str
    family_name: str
    is_followed: bool
    """Whose patient it no longer is gets no name."""


def find_feed(token: str) -> Feed | None:
    """Return what the link opens, in one query."""
    query = (
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
        .where(FeedLink.token_hash == tokens.hash_token(token))
    )
    row: Any = db.session.execute(query).first()
    return None if row is None else Feed(*row)


def list_feed_events(feed: Feed) -> list[FeedEvent]:
    """Return the promised appointments of the window; cancelled ones for thirty days."""
    if feed.closed_at is not None:
        return []
    now = clock.now()
    today = datetime.combine(feed.today(now), time(), ZoneInfo(feed.zone))
    cancelled = and_(
        Appointment.status == AppointmentStatus.CANCELLED,
        Appointment.confirmed_at.is_not(None),
        Appointment.cancelled_at >= today - PAST,
    )
    query: Any = (
        select(
            Appointment.uid,
            Appointment.sequence,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.updated_at,
            Appointment.status,
            ConsultationType.mode,
            Patient.given_name,
            Patient.family_name,
            still_follows(),
        )
        .join(ConsultationType, ConsultationType.id == Appointment.consultation_type_id)
        .join(Enrolment, Enrolment.id == Appointment.enrolment_id)
        .join(Patient, Patient.id == Enrolment.patient_id)
        .where(
            Appointment.agenda_id == feed.agenda_id,
            Appointment.starts_at >= today - PAST,
            Appointment.starts_at < today + FUTURE,
            or_(Appointment.status == AppointmentStatus.CONFIRMED, cancelled),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [FeedEvent(*row) for row in db.session.execute(query)]
