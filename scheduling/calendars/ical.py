"""Writing calendars: RFC 5545 as Google, Apple, Outlook and Thunderbird read it.

One writer for what is subscribed to, mailed and downloaded. The lines of an event that are the same
for every reader can be written once and kept (``render_lines``); its title and place are joined
when it is read. icalendar writes every line; what a line says is decided here, in the order in
which it is added.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import (
    Calendar,
    Component,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vRecur,
    vText,
)

from scheduling.calendars.clock_changes import Change, clock_changes
from scheduling.calendars.words import one_line

PRODUCT = "-//Alveole//Agenda//FR"
EDITION = b"3"
"""Another one whenever this module writes the same facts in another way."""
REFRESH = timedelta(minutes=30)
"""How often programs are asked to look again; Google takes up to a day whatever is said."""
_END = b"END:VCALENDAR\r\n"
_EVENT_BEGIN, _EVENT_END = "BEGIN:VEVENT\r\n", "END:VEVENT\r\n"
_ALWAYS = datetime(1970, 1, 1)  # noqa: DTZ001 -- a wall clock
_ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,"})


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
    url: str
    """The page of the appointment, which asks who one is: no secret travels in a calendar."""
    summary: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class EventLines:
    """What an event says to everybody: its lines before its title and place, and after them."""

    opening: str
    ending: str


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


def render_calendar(name: str, zone: str, events: Iterable[bytes]) -> bytes:
    """Join the head, the zone and the events. Without METHOD: a subscription, not an invitation."""
    return b"".join([_subscription_head(name, zone), render_zone(zone), *events, _END])


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
    calendar = _calendar()
    if method is not None:
        calendar.add("method", method.value)
    event = render_event(facts, organizer=organizer, attendee=attendee)
    return b"".join([_head(calendar), render_zone(facts.zone), event, _END])


def render_event(
    facts: EventFacts, *, organizer: Party | None = None, attendee: Party | None = None
) -> bytes:
    """Write one VEVENT, on the wall clock of its place."""
    lines = render_lines(facts)
    title, place = render_title(facts.summary), render_place(facts.location)
    people = _render_people(organizer, attendee)
    ending = lines.ending.removesuffix(_EVENT_END) + people + _EVENT_END
    return f"{lines.opening}{title}{place}{ending}".encode()


def render_lines(facts: EventFacts) -> EventLines:
    """Write what an event says whoever reads it: all but its title and its place."""
    event, page = Event(), Event()
    event.add("uid", facts.uid)
    event.add("sequence", facts.sequence)
    event.add("dtstamp", facts.updated_at)
    event.add("last-modified", facts.updated_at)
    _add_moments(event, facts)
    event.add("status", "CANCELLED" if facts.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if facts.is_cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    if facts.url:
        page.add("url", facts.url)
    return EventLines(_EVENT_BEGIN + _lines(event), _lines(page) + _EVENT_END)


@lru_cache(maxsize=4096)
def render_title(summary: str) -> str:
    """Write the line of a title."""
    return _line("summary", one_line(summary))


@lru_cache(maxsize=4096)
def render_place(location: str) -> str:
    """Write the line of a place; nothing for none."""
    shown = one_line(location)
    return _line("location", shown) if shown else ""


def _line(name: str, shown: str) -> str:
    event = Event()
    event.add(name, _Words(shown))
    return _lines(event)


def _render_people(organizer: Party | None, attendee: Party | None) -> str:
    event = Event()
    if organizer is not None:
        event.add("organizer", _address(organizer))
    if attendee is not None:
        answer = {"CUTYPE": "INDIVIDUAL", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
        event.add("attendee", _address(attendee, **answer))
    return _lines(event)


def _lines(event: Event) -> str:
    """Return what stands between the beginning and the end of an event."""
    return _written(event).decode().removeprefix(_EVENT_BEGIN).removesuffix(_EVENT_END)


class _Words(vText):
    r"""Text as it was typed: icalendar would write the « \N » of « C:\Nora » as a new line."""

    def to_ical(self) -> bytes:
        return self.translate(_ESCAPES).encode()


def _address(party: Party, **parameters: str) -> vCalAddress:
    """Write who somebody is, by name and address.

    A parameter cannot hold a quotation mark, and a circumflex begins an escape that only some
    readers know (RFC 6868): neither belongs to a name.
    """
    address = vCalAddress(f"mailto:{quote(party.email, safe='@+!$*_~.-')}")
    if name := one_line(party.name.replace('"', " ").replace("^", " ")):
        address.params["CN"] = name
    address.params.update(parameters)
    return address


def _add_moments(event: Event, facts: EventFacts) -> None:
    """Add start and end on the clock of the place; in UTC when that clock would not do.

    Of two equal hours RFC 5545 means the first and cannot name the second, and programs disagree;
    a clock that is that of UTC all year is no clock at all to some of them.
    """
    instants = {"dtstart": facts.starts_at, "dtend": facts.ends_at}
    place = ZoneInfo(facts.zone)
    local = {name: instant.astimezone(place) for name, instant in instants.items()}
    if clock_changes(facts.zone).are_those_of_utc or any(map(_is_shown_twice, local.values())):
        for name, instant in instants.items():
            event.add(name, instant.astimezone(UTC))
    else:
        # The zone by its own name: icalendar knows some zones by that of an equal one.
        for name, moment in local.items():
            event.add(name, moment.replace(tzinfo=None), {"TZID": facts.zone})


def _is_shown_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _written(component: Component) -> bytes:
    return bytes(component.to_ical(sorted=False))


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _head(calendar: Calendar) -> bytes:
    """Write all but the end: zone and events follow, as they were written before."""
    return _written(calendar).removesuffix(_END)


@lru_cache(maxsize=256)
def _subscription_head(name: str, zone: str) -> bytes:
    """Write what a program that subscribes wants to know (RFC 7986, and what came before it)."""
    calendar, shown = _calendar(), _Words(one_line(name))
    calendar.add("name", shown)
    calendar.add("x-wr-calname", shown)
    calendar.add("x-wr-timezone", zone)
    calendar.add("refresh-interval", REFRESH, {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", f"PT{REFRESH // timedelta(minutes=1)}M")
    return _head(calendar)


@lru_cache(maxsize=512)
def render_zone(zone: str) -> bytes:
    """Write the clock of a zone: every change since 2020, and those to come for good.

    Each onset is told on the clock that is being left (§ 3.6.5). One date a line: some programs
    read the first of a list only; and the first date is among them: some forget DTSTART then. The
    component that icalendar makes of a zone by itself lists dates, and ends in a year.
    """
    changes = clock_changes(zone)
    written = Timezone()
    written.add("tzid", zone)
    if not changes.covers_the_beginning:
        offset = changes.base_offset
        written.add_component(
            _setting(TimezoneStandard(), _ALWAYS, (offset, offset), changes.base_name)
        )
    alike: dict[Change, list[Change]] = {}
    for change in changes.single:
        first = next((known for known in alike if _is_same_setting(known, change)), change)
        alike.setdefault(first, []).append(change)
    for first, all_of_it in alike.items():
        observance = _observance(first)
        for change in all_of_it if len(all_of_it) > 1 else ():
            observance.add("rdate", change.onset)
        written.add_component(observance)
    for yearly in changes.yearly:
        observance = _observance(yearly.first)
        observance.add("rrule", vRecur.from_ical(yearly.rrule))
        written.add_component(observance)
    return _written(written)


@lru_cache(maxsize=512)
def edition(zone: str, site: str) -> str:
    """Name how events of a zone are written now, with the addresses of pages of ``site``.

    What was read or kept of another edition may be wrong.
    """
    return hashlib.sha256(EDITION + render_zone(zone) + site.encode()).hexdigest()[:16]


def _is_same_setting(change: Change, other: Change) -> bool:
    return (change.before, change.after, change.name, change.is_daylight) == (
        other.before,
        other.after,
        other.name,
        other.is_daylight,
    )


def _observance(first: Change) -> Component:
    kind = TimezoneDaylight() if first.is_daylight else TimezoneStandard()
    return _setting(kind, first.onset, (first.before, first.after), first.name)


def _setting(
    kind: Component, onset: datetime, offsets: tuple[timedelta, timedelta], name: str
) -> Component:
    before, after = offsets
    kind.add("dtstart", onset)
    kind.add("tzoffsetfrom", before)
    kind.add("tzoffsetto", after)
    kind.add("tzname", name)
    return kind
