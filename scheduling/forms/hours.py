"""A caregiver's weekly hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import StringField

from core.forms import Form
from scheduling.forms.fields import clock_minute, clock_text, strip
from scheduling.openings import WeeklyRange
from scheduling.vocabulary import weekday_words

RANGES_A_DAY = 3


class HoursForm(Form):
    """The whole week: up to three ranges a day, as people write hours."""

    def __init__(self, hours: Sequence[WeeklyRange] = (), **given: Any) -> None:
        """Start from the hours that are set."""
        shown: dict[str, str] = {}
        for weekday in range(7):
            ranges = [one for one in hours if one.weekday == weekday]
            for number, one in enumerate(ranges[:RANGES_A_DAY]):
                shown[_name(weekday, number, "de")] = clock_text(one.start)
                shown[_name(weekday, number, "a")] = clock_text(one.end)
        super().__init__(data=shown, **given)

    def rows(self) -> Iterator[tuple[str, list[tuple[Any, Any]]]]:
        """Give each day in words with its pairs of fields."""
        for weekday in range(7):
            pairs = [
                (self[_name(weekday, number, "de")], self[_name(weekday, number, "a")])
                for number in range(RANGES_A_DAY)
            ]
            yield weekday_words(weekday), pairs

    def validate(self, extra_validators: Any = None) -> bool:
        """Say for each day what does not hold, in its own words."""
        if not super().validate(extra_validators):
            return False
        for weekday, (day, pairs) in enumerate(self.rows()):
            self._check_day(weekday, day, pairs)
        return not self.errors

    def ranges(self) -> list[WeeklyRange]:
        """Return what was typed, once it is valid."""
        found = []
        for weekday, (_day, pairs) in enumerate(self.rows()):
            for begin, end in pairs:
                start, stop = clock_minute(begin.data), clock_minute(end.data)
                if start is not None and stop is not None:
                    found.append(WeeklyRange(weekday, start, stop))
        return sorted(found, key=lambda one: (one.weekday, one.start))

    def _check_day(self, weekday: int, day: str, pairs: list[tuple[Any, Any]]) -> None:
        kept: list[tuple[int, int]] = []
        for begin, end in pairs:
            if not begin.data and not end.data:
                continue
            start, stop = clock_minute(begin.data), clock_minute(end.data)
            if start is None or stop is None:
                wrong = begin if start is None else end
                _refuse(wrong, _("%(day)s: write an hour such as 9:00.", day=day))
            elif stop <= start:
                words = _(
                    "%(day)s: the end (%(end)s) must come after the beginning (%(start)s).",
                    day=day,
                    end=clock_text(stop),
                    start=clock_text(start),
                )
                _refuse(end, words)
            elif any(start < known_stop and known < stop for known, known_stop in kept):
                words = _("%(day)s: this range overlaps another one of the same day.", day=day)
                _refuse(begin, words)
            else:
                kept.append((start, stop))


def _name(weekday: int, number: int, edge: str) -> str:
    return f"j{weekday}_{number}_{edge}"


for _weekday in range(7):
    for _number in range(RANGES_A_DAY):
        for _edge in ("de", "a"):
            setattr(HoursForm, _name(_weekday, _number, _edge), StringField(filters=[strip]))


def _refuse(field: Any, words: str) -> None:
    field.errors = [*field.errors, words]
