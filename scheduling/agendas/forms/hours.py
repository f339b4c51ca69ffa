"""A caregiver's hours: every week, for some consultations, on one single day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, SubmitField
from wtforms.validators import InputRequired, Optional, ValidationError

from core.fields import DayField, KeyField
from core.forms import Form
from scheduling.agendas.forms.fields import clock_end, clock_minute, clock_text
from scheduling.agendas.vocabulary import weekday_words
from scheduling.time.openings import DayRange, WeeklyRange

if TYPE_CHECKING:
    from wtforms import Field

    from scheduling.agendas.models import ConsultationType

RANGES_A_DAY = 3


class PeriodForm(Form):
    """From which day, until which day; neither is needed."""

    first = DayField(_l("From"), [Optional()])
    last = DayField(_l("Until"), [Optional()])

    def validate_last(self, field: DayField) -> None:
        """The last day does not come before the first."""
        if field.data and self.first.data and field.data < self.first.data:
            raise ValidationError(_("The last day comes before the first one."))


class HoursForm(PeriodForm):
    """The whole week: up to three ranges a day, as people write hours."""

    has_none = BooleanField(_l("I have no hours: nobody can book with me"))
    copied_day = SelectField(_l("Copy the hours of"), coerce=int, default=0)
    copied_to = SelectMultipleField(_l("To"), coerce=int)
    recopier = SubmitField()

    def __init__(
        self,
        hours: Sequence[WeeklyRange] = (),
        *,
        first: date | None = None,
        last: date | None = None,
        is_later: bool = False,
        **given: Any,
    ) -> None:
        """Start from the hours that are set; ``is_later``: they take over on a day to be said."""
        shown: dict[str, Any] = {"first": first, "last": last}
        for weekday in range(7):
            ranges = [weekly_range for weekly_range in hours if weekly_range.weekday == weekday]
            for number, weekly_range in enumerate(ranges[:RANGES_A_DAY]):
                shown[_name(weekday, number, "de")] = clock_text(weekly_range.start)
                shown[_name(weekday, number, "a")] = clock_text(weekly_range.end)
        super().__init__(data=shown, **given)
        self.is_later = is_later
        days = [(weekday, weekday_words(weekday)) for weekday in range(7)]
        self.copied_day.choices = self.copied_to.choices = days

    def rows(self) -> Iterator[tuple[str, list[tuple[Field, Field]]]]:
        """Give each day in words with its pairs of fields."""
        for weekday in range(7):
            pairs = [
                (self[_name(weekday, number, "de")], self[_name(weekday, number, "a")])
                for number in range(RANGES_A_DAY)
            ]
            yield weekday_words(weekday), pairs

    def copy(self) -> list[str]:
        """Write the hours of one day on others, without saving; return on which, in words."""
        rows, source = list(self.rows()), self.copied_day.data or 0
        others = [weekday for weekday in self.copied_to.data or () if weekday != source]
        for weekday in others:
            for (begin, end), (from_begin, from_end) in zip(
                rows[weekday][1], rows[source][1], strict=True
            ):
                begin.data, end.data = from_begin.data, from_end.data
        return [rows[weekday][0] for weekday in others]

    def validate(self, extra_validators: Any = None) -> bool:
        """Say for each day what does not hold, in its own words; all of it at once."""
        super().validate(extra_validators)
        for day, pairs in self.rows():
            check_ranges(day, pairs)
        if self.is_later and self.first.data is None and not self.first.errors:
            refuse(self.first, _("Write the first day of these hours."))
        if not self.errors and bool(self.ranges()) == bool(self.has_none.data):
            words = (
                _("You wrote hours too: leave them out, or untick this.")
                if self.has_none.data
                else _("No hour is written. If that is so, tick “I have no hours”.")
            )
            refuse(self.has_none, words)
        return not self.errors

    def ranges(self) -> list[WeeklyRange]:
        """Return what was typed, once it is valid."""
        ranges = [
            WeeklyRange(weekday, start, stop)
            for weekday, (_day, pairs) in enumerate(self.rows())
            for start, stop in read_ranges(pairs)
        ]
        return sorted(ranges, key=lambda weekly_range: (weekly_range.weekday, weekly_range.start))


def _name(weekday: int, number: int, edge: str) -> str:
    return f"j{weekday}_{number}_{edge}"


for _weekday in range(7):
    for _number in range(RANGES_A_DAY):
        for _edge in ("de", "a"):
            setattr(HoursForm, _name(_weekday, _number, _edge), StringField())


class KeptHoursForm(PeriodForm):
    """Hours of the week that are kept for some consultations."""

    cle = KeyField()
    weekdays = SelectMultipleField(
        _l("Which days"), [InputRequired(_l("Choose at least one day."))], coerce=int
    )
    begin = StringField(_l("From what time"))
    end = StringField(_l("Until what time"))
    types = SelectMultipleField(
        _l("For which consultations"),
        [InputRequired(_l("Choose at least one consultation type."))],
        coerce=int,
    )

    def __init__(self, types: Sequence[ConsultationType], **given: Any) -> None:
        """Offer the week, and the caregiver's own consultation types."""
        super().__init__(**given)
        self.weekdays.choices = [(weekday, weekday_words(weekday)) for weekday in range(7)]
        self.types.choices = [
            (consultation_type.id, consultation_type.name) for consultation_type in types
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for one whole range."""
        super().validate(extra_validators)
        check_ranges("", [(self.begin, self.end)], is_needed=True)
        return not self.errors

    @property
    def range(self) -> tuple[int, int]:
        """Return what was typed, once it is valid."""
        return read_ranges([(self.begin, self.end)])[0]


class DayHoursForm(Form):
    """The hours of one single day."""

    day = DayField(_l("Which day"), [InputRequired(_l("Write the day."))])
    de_1 = StringField()
    a_1 = StringField()
    de_2 = StringField()
    a_2 = StringField()
    de_3 = StringField()
    a_3 = StringField()

    def __init__(self, today: date, **given: Any) -> None:
        """Remember which days are over."""
        super().__init__(**given)
        self.today = today

    @property
    def pairs(self) -> list[tuple[Field, Field]]:
        """Return the pairs of fields."""
        return [(self.de_1, self.a_1), (self.de_2, self.a_2), (self.de_3, self.a_3)]

    def validate_day(self, field: DayField) -> None:
        """A day that is over has no hours any more."""
        if field.data and field.data < self.today:
            raise ValidationError(_("This day is over. Choose today or a later day."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Say what does not hold, in its own words; all of it at once."""
        super().validate(extra_validators)
        check_ranges("", self.pairs)
        if not any(edge.data for pair in self.pairs for edge in pair):
            words = _("Write at least one range. To close a day, write an absence down instead.")
            refuse(self.de_1, words)
            refuse(self.a_1, _on("", _("write an hour such as 9:00.")))
        return not self.errors

    def ranges(self) -> list[DayRange]:
        """Return what was typed, once it is valid."""
        if self.day.data is None:
            return []
        return [DayRange(self.day.data, start, stop) for start, stop in read_ranges(self.pairs)]


# ── Pairs of hours ────────────────────────────────────────────────────────────────────────────


def read_ranges(pairs: Sequence[tuple[Field, Field]]) -> list[tuple[int, int]]:
    """Return the whole ranges among pairs of fields, in minutes; midnight ends a day."""
    ranges = []
    for begin, end in pairs:
        start, stop = clock_minute(begin.data), clock_end(end.data)
        if start is not None and stop is not None:
            ranges.append((start, stop))
    return sorted(ranges)


def check_ranges(
    day: str, pairs: Sequence[tuple[Field, Field]], *, is_needed: bool = False
) -> None:
    """Refuse what is no hour, what ends before it begins, what overlaps; ``day`` in words."""
    kept: list[tuple[int, int]] = []
    for begin, end in pairs:
        if not begin.data and not end.data and not is_needed:
            continue
        start, stop = clock_minute(begin.data), clock_end(end.data)
        if start is None or stop is None:
            for edge, minute in ((begin, start), (end, stop)):
                if minute is None:
                    refuse(edge, _on(day, _("write an hour such as 9:00.")))
        elif stop <= start:
            words = _(
                "the end (%(end)s) must come after the beginning (%(start)s). A range stops at "
                "midnight at the latest: write the rest on the next day.",
                end=clock_text(stop),
                start=clock_text(start),
            )
            refuse(end, _on(day, words))
        elif any(start < known_stop and known < stop for known, known_stop in kept):
            refuse(begin, _on(day, _("this range overlaps another one of the same day.")))
        else:
            kept.append((start, stop))


def refuse(field: Field, words: str) -> None:
    """Add to what is wrong with a field."""
    field.errors = [*field.errors, words]


def _on(day: str, words: str) -> str:
    if day:
        return str(_("%(day)s: %(words)s", day=day, words=words))
    return words[:1].upper() + words[1:]
