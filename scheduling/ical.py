"""Writing calendars: RFC 5545 as Google, Apple, Outlook and Thunderbird read it.

One writer for what is subscribed to, mailed and downloaded. An event is written once for what it
says: a feed that changed writes what changed and joins the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from scheduling.clock_changes import Change, ClockChanges, clock_changes
from scheduling.content_lines import content_line, one_line, party_line, text_line

PRODUCT = "-//Alveole//Agenda//FR"
EDITION = b"2"
"""Another one whenever this module writes the same facts in another way."""
REFRESH = timedelta(minutes=30)
"""How often programs are asked to look again; Google takes up to a day whatever is said."""
_END = b"END:VCALENDAR\r\n"
_LOCAL, _UTC = "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"
_ALWAYS = datetime(1970, 1, 1)  # noqa: DTZ001 -- a wall clock


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
    url: str
    """The page of the appointment, which asks who one is: no secret travels in a calendar."""


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


def render_calendar(name: str, zone: str, events: Iterable[bytes]) -> bytes:
    """Join the head, the zone and the events. Without METHOD: a subscription, not an invitation."""
    return b"".join([_head(), _subscription(name, zone), render_zone(zone), *events, _END])


def render_invitation(
    method: Method | None,
    facts: EventFacts,
    *,
    organizer: Party | None = None,
    attendee: Party | None = None,
) -> bytes:
    """Write one event as it travels by mail (RFC 5546, RFC 6047); without method: as a file.

    METHOD stands at calendar level: inside the event, Outlook makes a new one of each change. Who
    booked has said yes already, so no answer is asked for.
    """
    asked = b"" if method is None else content_line("METHOD", method.value)
    event = render_event(facts, organizer=organizer, attendee=attendee)
    return b"".join([_head(), asked, render_zone(facts.zone), event, _END])


def render_event(
    facts: EventFacts, *, organizer: Party | None = None, attendee: Party | None = None
) -> bytes:
    """Write one VEVENT, on the wall clock of its place."""
    updated = facts.updated_at.astimezone(UTC).strftime(_UTC)
    lines = [
        content_line("BEGIN", "VEVENT"),
        text_line("UID", facts.uid),
        content_line("SEQUENCE", str(facts.sequence)),
        content_line("DTSTAMP", updated),
        content_line("LAST-MODIFIED", updated),
        *_moments(facts),
        content_line("STATUS", "CANCELLED" if facts.is_cancelled else "CONFIRMED"),
        content_line("TRANSP", "TRANSPARENT" if facts.is_cancelled else "OPAQUE"),
        content_line("CLASS", "PRIVATE"),
        text_line("SUMMARY", one_line(facts.summary)),
    ]
    if location := one_line(facts.location):
        lines.append(text_line("LOCATION", location))
    if facts.url:
        lines.append(content_line("URL", facts.url))
    if organizer is not None:
        lines.append(party_line("ORGANIZER", {}, organizer.name, organizer.email))
    if attendee is not None:
        answer = {"CUTYPE": "INDIVIDUAL", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
        lines.append(party_line("ATTENDEE", answer, attendee.name, attendee.email))
    return b"".join([*lines, content_line("END", "VEVENT")])


def _moments(facts: EventFacts) -> list[bytes]:
    """Write start and end on the clock of the place; in UTC when that clock would not do.

    Of two equal hours RFC 5545 means the first and cannot name the second, and programs disagree;
    a clock that is that of UTC all year is no clock at all to some of them.
    """
    instants = {"DTSTART": facts.starts_at, "DTEND": facts.ends_at}
    place = ZoneInfo(facts.zone)
    local = {name: instant.astimezone(place) for name, instant in instants.items()}
    if clock_changes(facts.zone).are_those_of_utc or any(map(_is_shown_twice, local.values())):
        return [
            content_line(name, instant.astimezone(UTC).strftime(_UTC))
            for name, instant in instants.items()
        ]
    return [
        content_line(f"{name};TZID={facts.zone}", moment.strftime(_LOCAL))
        for name, moment in local.items()
    ]


def _is_shown_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _head() -> bytes:
    said = {"BEGIN": "VCALENDAR", "VERSION": "2.0", "PRODID": PRODUCT, "CALSCALE": "GREGORIAN"}
    return b"".join(content_line(name, value) for name, value in said.items())


def _subscription(name: str, zone: str) -> bytes:
    """Write what a program that subscribes wants to know (RFC 7986, and what came before it)."""
    shown, every = one_line(name), f"PT{REFRESH // timedelta(minutes=1)}M"
    return b"".join(
        [
            text_line("NAME", shown),
            text_line("X-WR-CALNAME", shown),
            text_line("X-WR-TIMEZONE", zone),
            content_line("REFRESH-INTERVAL;VALUE=DURATION", every),
            content_line("X-PUBLISHED-TTL", every),
        ]
    )


@lru_cache(maxsize=512)
def render_zone(zone: str) -> bytes:
    """Write the clock of a zone: every change since 2020, and those to come for good.

    Each onset is told on the clock that is being left (§ 3.6.5). One date a line: some programs
    read the first of a list only; and the first date is among them: some forget DTSTART then.
    """
    changes = clock_changes(zone)
    parts = [content_line("BEGIN", "VTIMEZONE"), text_line("TZID", zone)]
    if not changes.covers_the_beginning:
        parts.append(_as_it_was(changes))
    alike: dict[Change, list[Change]] = {}
    for one in changes.single:
        first = next((known for known in alike if _is_same_setting(known, one)), one)
        alike.setdefault(first, []).append(one)
    for first, all_of_it in alike.items():
        dates = [content_line("RDATE", one.onset.strftime(_LOCAL)) for one in all_of_it]
        parts.append(_observance(first, dates if len(dates) > 1 else []))
    parts += [_observance(one.first, [content_line("RRULE", one.rrule)]) for one in changes.yearly]
    return b"".join([*parts, content_line("END", "VTIMEZONE")])


@lru_cache(maxsize=512)
def zone_edition(zone: str) -> str:
    """Name how events of a zone are written now: what a program read before may be wrong."""
    return hashlib.sha256(EDITION + render_zone(zone)).hexdigest()[:16]


def _is_same_setting(one: Change, other: Change) -> bool:
    return (one.before, one.after, one.name, one.is_daylight) == (
        other.before,
        other.after,
        other.name,
        other.is_daylight,
    )


def _as_it_was(changes: ClockChanges) -> bytes:
    offset = changes.base_offset
    return _setting("STANDARD", _ALWAYS, (offset, offset), changes.base_name, [])


def _observance(first: Change, recurrence: list[bytes]) -> bytes:
    kind = "DAYLIGHT" if first.is_daylight else "STANDARD"
    return _setting(kind, first.onset, (first.before, first.after), first.name, recurrence)


def _setting(
    kind: str,
    onset: datetime,
    offsets: tuple[timedelta, timedelta],
    name: str,
    recurrence: list[bytes],
) -> bytes:
    before, after = offsets
    return b"".join(
        [
            content_line("BEGIN", kind),
            content_line("DTSTART", onset.strftime(_LOCAL)),
            content_line("TZOFFSETFROM", _offset(before)),
            content_line("TZOFFSETTO", _offset(after)),
            text_line("TZNAME", name),
            *recurrence,
            content_line("END", kind),
        ]
    )


def _offset(offset: timedelta) -> str:
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{'-' if offset < timedelta() else '+'}{minutes // 60:02}{minutes % 60:02}"
