"""libical, the C library behind Evolution, KOrganizer and Cyrus: Debian's own, through ctypes."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from datetime import UTC, datetime
from functools import cache

import pytest


class _Time(ctypes.Structure):
    """icaltimetype of libical 3."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        ("is_date", ctypes.c_int),
        ("is_daylight", ctypes.c_int),
        ("zone", ctypes.c_void_p),
    )


@cache
def _library() -> ctypes.CDLL:
    """Load it; without it a newcomer's machine skips, and says so; the merge gate fails."""
    name = ctypes.util.find_library("ical")
    if name is None:
        words = "libical is not here (Debian: sudo apt install libical3): one reader less"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    library = ctypes.CDLL(name)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for function, result, arguments in (
        ("icalparser_parse_string", pointer, (text,)),
        ("icalcomponent_string_to_kind", number, (text,)),
        ("icalcomponent_get_first_component", pointer, (pointer, number)),
        ("icalcomponent_get_next_component", pointer, (pointer, number)),
        ("icalcomponent_get_dtstart", _Time, (pointer,)),
        ("icalcomponent_get_summary", text, (pointer,)),
        ("icalcomponent_get_location", text, (pointer,)),
        ("icalcomponent_count_errors", number, (pointer,)),
        ("icalcomponent_as_ical_string", text, (pointer,)),
        ("icalcomponent_free", None, (pointer,)),
        ("icaltime_as_timet_with_zone", ctypes.c_longlong, (_Time, pointer)),
        ("icalrestriction_check", number, (pointer,)),
    ):
        getattr(library, function).restype = result
        getattr(library, function).argtypes = arguments
    return library


def by_libical(text: str) -> list[datetime]:
    """Read starts as libical does."""
    library = _library()

    def instant(event: int) -> datetime:
        start = library.icalcomponent_get_dtstart(event)
        return datetime.fromtimestamp(library.icaltime_as_timet_with_zone(start, start.zone), UTC)

    return _each_event(text, instant)


def titles_by_libical(text: str) -> list[tuple[str, str]]:
    """Read title and place of each event."""
    library = _library()

    def said(event: int) -> tuple[str, str]:
        title, place = (
            library.icalcomponent_get_summary(event),
            library.icalcomponent_get_location(event),
        )
        return (title or b"").decode(), (place or b"").decode()

    return _each_event(text, said)


def objections_of_libical(text: str) -> list[str]:
    """Return what libical finds wrong: lines that it cannot read, rules of RFC 5545 and 5546."""
    library = _library()
    calendar = library.icalparser_parse_string(text.encode())
    if not calendar:
        return ["this is no calendar"]
    is_right = library.icalrestriction_check(calendar)
    has_errors = library.icalcomponent_count_errors(calendar)
    written = library.icalcomponent_as_ical_string(calendar).decode().splitlines()
    library.icalcomponent_free(calendar)
    said = [line for line in written if line.startswith("X-LIC-ERROR")]
    return said or ([] if is_right and not has_errors else ["a restriction is broken"])


def _each_event(text: str, read):
    library = _library()
    calendar = library.icalparser_parse_string(text.encode())
    kind = library.icalcomponent_string_to_kind(b"VEVENT")
    found, event = [], library.icalcomponent_get_first_component(calendar, kind)
    while event:
        found.append(read(event))
        event = library.icalcomponent_get_next_component(calendar, kind)
    library.icalcomponent_free(calendar)
    return found
