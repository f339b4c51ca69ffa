"""What a change of time zone would do to promised hours, said before it happens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import ngettext

from bubbles.vocabulary import ClockExample, ClockImpact
from core import wording
from scheduling.place_clock import nearest_hour
from scheduling.queries.place_clock import count_governed


def impact(bubble: Any, zone: str) -> ClockImpact | None:
    """Fill the slot « time_zone_change »."""
    found = count_governed(bubble.id)
    if not found:
        return None
    counts = [
        (found.appointments, _appointments(found.appointments)),
        (found.weekly_ranges, _weekly(found.weekly_ranges)),
        (found.single_days, _single_days(found.single_days)),
        (found.absences, _absences(found.absences)),
    ]
    return ClockImpact(
        counts=[words for count, words in counts if count],
        examples=[_example(one, bubble.time_zone, zone) for one in found.nearest],
    )


def _example(instant: datetime, before: str, after: str) -> ClockExample:
    kept = nearest_hour(instant, before, after)
    return ClockExample(
        now=_said(instant, before),
        hours=f"{_said(kept, after)} = {_said(kept, before)}",
        instants=f"{_said(instant, after)} = {_said(instant, before)}",
    )


def _said(instant: datetime, zone: str) -> str:
    when = wording.sentence(wording.day_and_hour(instant, zone))
    return f"{when} ({wording.zone_words(zone)})"


def _appointments(count: int) -> str:
    words: str = ngettext("%(num)d appointment to come", "%(num)d appointments to come", count)
    return words


def _weekly(count: int) -> str:
    words: str = ngettext("%(num)d range of weekly hours", "%(num)d ranges of weekly hours", count)
    return words


def _single_days(count: int) -> str:
    words: str = ngettext(
        "%(num)d single day with hours of its own",
        "%(num)d single days with hours of their own",
        count,
    )
    return words


def _absences(count: int) -> str:
    words: str = ngettext(
        "%(num)d absence or blocked time", "%(num)d absences or blocked times", count
    )
    return words
