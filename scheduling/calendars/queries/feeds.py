"""Finding what a calendar link opens: the link itself is the key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, String, and_, bindparam, or_, select

from bubbles.models import Bubble
from bubbles.vocabulary import address_line
from core.database import UtcDateTime, db
from core.mail import absolute_url
from core.prepared import DriverConnection, Prepared
from patient.models import CareAssignment, Enrolment, Patient
from scheduling.agendas.models import Agenda, ConsultationType
from scheduling.agendas.vocabulary import ConsultationMode
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars.ical import edition
from scheduling.calendars.models import EventText, FeedLink
from scheduling.calendars.vocabulary import DetailLevel
from security.models import User

PAST, FUTURE = timedelta(days=30), timedelta(days=365)
KEPT_EMPTY = timedelta(days=30)
"""How long the link of a closed agenda gives an empty calendar: an error would leave old events."""
NAMED_AT_ONCE = 5000
OBSERVED_EVERY = timedelta(minutes=1)


class Feed(NamedTuple):
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
        return address_line(self.place_name, self.street, self.postcode, self.town)

    def is_gone(self, now: datetime) -> bool:
        """Say whether the link will never give anything again."""
        if self.revoked_at is not None or not self.is_enabled:
            return True
        return self.closed_at is not None and now >= self.closed_at + KEPT_EMPTY

    def today(self, now: datetime) -> date:
        """Return the date at the place: the window of events moves with it."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    @property
    def edition(self) -> str:
        """Name how its events are written now."""
        return edition(self.zone, absolute_url(""))

    def etag(self, now: datetime) -> str:
        """Name the text of the calendar without writing it."""
        parts = (
            self.edition,
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


EventRow = tuple[int, int, int, Any, Any]
"""Appointment, enrolment, consultation type, opening, ending; None for lines not written yet."""


@dataclass(frozen=True, slots=True)
class FeedContents:
    """What a calendar is joined from."""

    events: Sequence[EventRow]
    names: Mapping[int, tuple[str, str]]
    """Of the patients whom the caregiver follows now, by enrolment."""
    modes: Mapping[int, ConsultationMode]
    """Where each consultation type of the bubble takes place, removed ones included."""


@dataclass(frozen=True, slots=True)
class WrittenFrom:
    """What the lines of one event are written from."""

    appointment_id: int
    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    status: AppointmentStatus
    zone: str


_FEED = Prepared(
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
    .where(FeedLink.token_hash == bindparam("token_hash", type_=String()))
)
_A_DATE = UtcDateTime()
_EVENTS = Prepared(
    select(
        Appointment.id,
        Appointment.enrolment_id,
        Appointment.consultation_type_id,
        EventText.opening,
        EventText.ending,
    )
    .outerjoin(
        EventText,
        and_(
            EventText.appointment_id == Appointment.id,
            EventText.edition == bindparam("edition", type_=String()),
            EventText.sequence == Appointment.sequence,
            EventText.starts_at == Appointment.starts_at,
            EventText.ends_at == Appointment.ends_at,
            EventText.updated_at == Appointment.updated_at,
            EventText.status == Appointment.status,
        ),
    )
    .where(
        Appointment.agenda_id == bindparam("agenda_id", type_=Integer()),
        Appointment.starts_at >= bindparam("first", type_=_A_DATE),
        Appointment.starts_at < bindparam("end", type_=_A_DATE),
        or_(
            Appointment.status == AppointmentStatus.BOOKED,
            and_(
                Appointment.status == AppointmentStatus.CANCELLED,
                Appointment.confirmed_at.is_not(None),
                Appointment.cancelled_at >= bindparam("first", type_=_A_DATE),
            ),
        ),
    )
    .order_by(Appointment.starts_at, Appointment.id)
)
_FOLLOWED = Prepared(
    select(Enrolment.id, Patient.given_name, Patient.family_name)
    .join(Patient, Patient.id == Enrolment.patient_id)
    .join(CareAssignment, CareAssignment.enrolment_id == Enrolment.id)
    .join(
        Agenda,
        and_(Agenda.user_id == CareAssignment.user_id, Agenda.bubble_id == Enrolment.bubble_id),
    )
    .where(
        Agenda.id == bindparam("agenda_id", type_=Integer()),
        Enrolment.ended_at.is_(None),
    )
)
_MODES = Prepared(
    select(ConsultationType.id, ConsultationType.mode)
    .join(Agenda, Agenda.bubble_id == ConsultationType.bubble_id)
    .where(Agenda.id == bindparam("agenda_id", type_=Integer()))
)


def find_feed(token_hash: str) -> Feed | None:
    """Return what the link opens, in one statement."""
    with DriverConnection() as connection:
        row = connection.first(_FEED, token_hash=token_hash)
    return None if row is None else Feed._make(row)


def read_contents(feed: Feed, now: datetime) -> FeedContents:
    """Return the promised appointments of the window, and those cancelled less than a month ago.

    Read after the version that names the calendar: what is joined is never older than its name.
    """
    if feed.closed_at is not None:
        return FeedContents([], {}, {})
    today = datetime.combine(feed.today(now), time(), ZoneInfo(feed.zone))
    with DriverConnection() as connection:
        events = connection.rows(
            _EVENTS,
            agenda_id=feed.agenda_id,
            edition=feed.edition,
            first=today - PAST,
            end=today + FUTURE,
        )
        names = {}
        if feed.detail_level is not DetailLevel.DISCREET:
            for enrolment_id, given, family in connection.rows(_FOLLOWED, agenda_id=feed.agenda_id):
                names[enrolment_id] = (given, family)
        modes = dict(connection.rows(_MODES, agenda_id=feed.agenda_id))
    return FeedContents(events, names, modes)


def list_written_from(
    appointment_ids: Sequence[int], *, only_read: bool = False
) -> Iterator[WrittenFrom]:
    """Return what the lines of these appointments are written from.

    ``only_read``: only those of agendas that have a calendar link still.
    """
    query: Any = (
        select(
            Appointment.id,
            Appointment.uid,
            Appointment.sequence,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.updated_at,
            Appointment.status,
            Bubble.time_zone,
        )
        .join(Agenda, Agenda.id == Appointment.agenda_id)
        .join(Bubble, Bubble.id == Agenda.bubble_id)
        .order_by(Appointment.id)
    )
    if only_read:
        links = select(FeedLink.id).where(
            FeedLink.agenda_id == Agenda.id, FeedLink.revoked_at.is_(None)
        )
        query = query.where(links.exists())
    for first in range(0, len(appointment_ids), NAMED_AT_ONCE):
        some = appointment_ids[first : first + NAMED_AT_ONCE]
        for row in db.session.execute(query.where(Appointment.id.in_(some))):
            yield WrittenFrom(*row)
