"""What several forms of agendas read alike: texts, durations, hours of the day."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from wtforms import DateField, IntegerField

from scheduling.openings import DAY

_CLOCK = re.compile(r"(\d{1,2})(?:\s*[h:.]\s*(\d{2})?)?(?::\d{2})?")


def strip(value: str | None) -> str:
    """Leave out the spaces around, and treat nothing as an empty text."""
    return (value or "").replace("\u00a0", " ").strip()


class MinutesField(IntegerField):
    """A whole number, refused in our own words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write a duration in minutes, for example 30.")) from error


class NumberField(IntegerField):
    """A whole number that counts something, refused in our own words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write a number, for example 4.")) from error


class DayField(DateField):
    """A day, as browsers send it or as people write it."""

    def __init__(self, label: Any = None, validators: Any = None, **given: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%d/%m/%Y"], **given)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day, of a year that calendars have."""
        try:
            super().process_formdata([value.strip() for value in valuelist])
        except ValueError as error:
            raise ValueError(_("Write a day such as 24/11/2026.")) from error
        if self.data is not None and not 2000 <= self.data.year <= 2200:  # noqa: PLR2004
            self.data = None
            raise ValueError(_("Write a day such as 24/11/2026."))


def clock_end(typed: str | None) -> int | None:
    """Read the hour at which something ends: midnight is the end of the day."""
    if strip(typed).replace(" ", "") in {"24:00", "24h", "24h00", "24.00"}:
        return DAY
    minute = clock_minute(typed)
    return DAY if minute == 0 else minute


def clock_minute(typed: str | None) -> int | None:
    """Read « 9:00 », « 9h », « 09 h 30 » as minutes after midnight; nothing if it is no hour."""
    found = _CLOCK.fullmatch(strip(typed))
    if not found:
        return None
    hour, minute = int(found.group(1)), int(found.group(2) or 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None  # noqa: PLR2004  (a clock)


def clock_text(minute: int) -> str:
    """Write minutes after midnight as a clock does; what a time field of a browser reads."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"
