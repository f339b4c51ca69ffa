"""Writing calendars: RFC 5545 as Google, Apple, Outlook and Thunderbird read it.

An event is written once for what it says: a feed that changed writes what changed and joins the
rest.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

PRODUCT = "-//Alveole//Agenda//FR"
REFRESH = timedelta(minutes=30)
"""How often programs are asked to look again; Google takes up to a day whatever is said."""
_ZONE_YEARS = 3
_END = b"END:VCALENDAR\r\n"


@dataclass(frozen=True, slots=True)
class EventFacts:
    """All that one event says."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    is_cancelled: bool
    zone: str
    summary: str
    location: str


class Method(StrEnum):
    """What a calendar object that travels by mail asks of its reader (RFC 5546)."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody named in an invitation."""

    name: str
    email: str


K = TypeVar("K", bound=Hashable)


class EventTexts:
    """What was written already, by what tells an event from its earlier self.

    Forgets everything at once when full: writing again is slow, not wrong.
    """

    def __init__(self, most: int) -> None:
        """Keep at most that many texts."""
        self._most = most
        self._texts: dict[object, bytes] = {}

    def missing(self, keys: Iterable[K]) -> list[K]:
        """Return the keys whose text is not known."""
        return [key for key in keys if key not in self._texts]

    def keep(self, key: object, text: bytes) -> None:
        """Remember one text."""
        if len(self._texts) >= self._most:
            self._texts.clear()
        self._texts[key] = text

    def of(self, key: object) -> bytes:
        """Return a known text."""
        return self._texts[key]


def render_calendar(name: str, zone: str, year: int, events: Iterable[bytes]) -> bytes:
    """Join the head, the zone and the events. Without METHOD: a subscription, not an invitation."""
    return b"".join([_head(name, zone, year), *events, _END])


def render_invitation(
    method: Method,
    facts: EventFacts,
    *,
    organizer: Party | None = None,
    attendee: Party | None = None,
    url: str = "",
) -> str:
    """Write one event as it travels by mail or is downloaded (RFC 5546, RFC 6047).

    METHOD stands at calendar level: inside the event, Outlook makes a new one of each change. Who
    booked has said yes already, so no answer is asked for.
    """
    event = _event(facts)
    if organizer is not None:
        event.add("organizer", _address(organizer))
    if attendee is not None:
        answer = {"cutype": "INDIVIDUAL", "partstat": "ACCEPTED", "rsvp": "FALSE"}
        event.add("attendee", _address(attendee, **answer))
    if url:
        event.add("url", url)
    head = _head("", facts.zone, facts.starts_at.astimezone(UTC).year, method)
    return (head + bytes(event.to_ical()) + _END).decode()


def render_event(facts: EventFacts) -> bytes:
    """Write one VEVENT, on the wall clock of its place."""
    return bytes(_event(facts).to_ical())


def _event(facts: EventFacts) -> Event:
    place = ZoneInfo(facts.zone)
    event = Event()
    event.add("uid", facts.uid)
    event.add("sequence", facts.sequence)
    event.add("dtstamp", facts.updated_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", facts.updated_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", _moment(facts.starts_at, place))
    event.add("dtend", _moment(facts.ends_at, place))
    event.add("status", "CANCELLED" if facts.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if facts.is_cancelled else "OPAQUE")
    event.add("summary", facts.summary)
    if facts.location:
        event.add("location", facts.location)
    return event


def _address(party: Party, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{party.email}")
    for name, value in {"cn": party.name, **parameters}.items():
        address.params[name.upper()] = vText(value)
    return address


def _moment(instant: datetime, place: ZoneInfo) -> datetime:
    """Return the wall clock; UTC for the second of two equal hours, which RFC 5545 cannot name."""
    local = instant.astimezone(place)
    return local if local.fold == 0 else instant.astimezone(UTC)


@lru_cache(maxsize=256)
def _head(name: str, zone: str, year: int, method: Method | None = None) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method is not None:
        calendar.add("method", method.value)
    else:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("x-wr-timezone", zone)
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", f"PT{REFRESH // timedelta(minutes=1)}M")
    calendar.add_component(
        Timezone.from_tzinfo(
            ZoneInfo(zone),
            zone,
            first_date=date(year - 1, 1, 1),
            last_date=date(year + _ZONE_YEARS, 1, 1),
        )
    )
    written = bytes(calendar.to_ical())
    return written.removesuffix(_END)
