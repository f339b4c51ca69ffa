"""Three calendar libraries of Python, each made to believe the file and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from itertools import count
from typing import Any

import ics
import vobject
from icalendar import Calendar

READINGS = count(1)


def by_icalendar(text: str) -> list[datetime]:
    """Read starts with the clock that icalendar makes of the file's own VTIMEZONE."""
    calendar = Calendar.from_ical(text)
    zones: dict[str, tzinfo] = {
        str(zone["TZID"]): zone.to_tz(lookup_tzid=False) for zone in calendar.walk("VTIMEZONE")
    }
    found = []
    for event in calendar.walk("VEVENT"):
        start: Any = event["DTSTART"]
        zone = zones.get(start.params.get("TZID", ""))
        told = start.dt if zone is None else start.dt.replace(tzinfo=zone)
        found.append(told.astimezone(UTC))
    return found


def by_vobject(text: str) -> list[datetime]:
    """Read starts as vobject does; it remembers the first clock of each name, so names are new."""
    fresh = f"TZID\\1Nowhere-{next(READINGS)}\\2"
    calendar: Any = vobject.readOne(re.sub(r"TZID([:=])[^:\r]+([:\r])", fresh, text))
    return [event.dtstart.value.astimezone(UTC) for event in calendar.vevent_list]


def zone_by_ics(text: str) -> tzinfo:
    """Return the clock that ics makes of the file's VTIMEZONE.

    It reads events before zones, so of a zone that its system does not know it never asks the file;
    what it made of the file is kept all the same.
    """
    [zone] = ics.Calendar(text)._timezones.values()
    return zone
