"""What a change of time zone would do to promised hours, said before it happens."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.vocabulary import ClockExample, ClockImpact
from core import clock, wording
from scheduling.time.clock_moves import differences, nearest_hour
from scheduling.zone_change.queries import count_governed

if TYPE_CHECKING:
    from bubbles.models import Bubble


def impact(bubble: Bubble, zone: str) -> ClockImpact | None:
    """Fill the slot « time_zone_change »."""
    governed = count_governed(bubble.id)
    if not governed:
        return None
    counts = [
        (governed.appointments, _appointments(governed.appointments)),
        (governed.weekly_ranges, _weekly(governed.weekly_ranges)),
        (governed.single_days, _single_days(governed.single_days)),
        (governed.absences, _absences(governed.absences)),
    ]
    return ClockImpact(
        counts=[words for count, words in counts if count],
        examples=[_example(moment, bubble.time_zone, zone) for moment in governed.nearest],
        warning=_warning(bubble.time_zone, zone) if governed.weekly_ranges else "",
    )


def _example(instant: datetime, before: str, after: str) -> ClockExample:
    kept = nearest_hour(instant, before, after)
    return ClockExample(
        now=wording.sentence(_when(instant, before)),
        hours=_("%(there)s, that is %(here)s", there=_when(kept, after), here=_when(kept, before)),
        instants=_when(instant, after),
    )


def _when(instant: datetime, zone: str) -> str:
    return f"{wording.day_and_hour(instant, zone)} ({wording.zone_words(zone)})"


def _warning(before: str, after: str) -> str:
    """Weekly hours that keep their moment follow one difference: not all zones have one."""
    if len(differences(clock.now(), before, after)) == 1:
        return ""
    return str(
        _(
            "Both zones are not as far apart all year. If you keep the moment, the weekly hours "
            "follow the difference of today; look at them again when clocks change."
        )
    )


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
