"""What people choose and write about agendas and bookings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from core import tokens
from core.forms import Form
from scheduling.slots import WeeklyRange
from scheduling.vocabulary import ConsultationMode, DetailLevel, mode_words, weekday_words

RANGES_A_DAY = 3
_CLOCK = re.compile(r"(\d{1,2})(?:\s*[h:.]\s*(\d{2})?)?(?::\d{2})?")
_PRICE = re.compile(r"(\d{1,4})(?:[.,](\d{1,2}))?\s*€?")
NOTICES = (0, 60, 120, 240, 720, 1440, 2880, 10080)
HORIZONS = (30, 60, 90, 180)


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


class ChoiceForm(Form):
    """A question that an address answers: nothing is written, so nothing can be forged."""

    class Meta:
        csrf = False


class CaregiverForm(ChoiceForm):
    """With whom: one of the patient's care team."""

    avec = RadioField(
        _l("Who would you like to see?"),
        [InputRequired(_l("Choose the person you would like to see."))],
    )


class KindForm(ChoiceForm):
    """For what: one of the consultation types of that caregiver."""

    type = RadioField(
        _l("What kind of appointment?"),
        [InputRequired(_l("Choose a kind of appointment."))],
    )


class TimeForm(Form):
    """When: one of the free hours, as an instant."""

    avec = HiddenField()
    type = HiddenField()
    heure = StringField(validators=[InputRequired(_l("Choose an hour."))])
    cle = HiddenField(default=tokens.new_token)


class ConsultationTypeForm(Form):
    """What an administrator decides about a consultation type."""

    name = StringField(
        _l("Name"),
        [
            InputRequired(_l("Give it a name that patients understand, for example Follow-up.")),
            Length(max=80, message=_l("80 characters at most.")),
        ],
        filters=[strip],
    )
    duration = MinutesField(
        _l("Duration, in minutes"),
        [
            InputRequired(_l("Write a duration in minutes, for example 30.")),
            NumberRange(5, 480, _l("A consultation lasts from 5 to 480 minutes.")),
        ],
    )
    mode = RadioField(
        _l("Where it takes place"), coerce=ConsultationMode, default=ConsultationMode.ON_SITE
    )
    price = StringField(_l("Price, in euros"), filters=[strip])
    caregivers = SelectMultipleField(
        _l("Who offers it"),
        [InputRequired(_l("Choose at least one caregiver of this bubble."))],
        coerce=int,
    )
    is_bookable = BooleanField(_l("Patients may book it online"), default=True)
    notice = SelectField(_l("Book at the latest"), coerce=int, default=60)
    horizon = SelectField(_l("Book at the earliest"), coerce=int, default=90)

    def __init__(self, caregivers: Sequence[Any], **given: Any) -> None:
        """Offer the caregivers of the bubble."""
        super().__init__(**given)
        self.mode.choices = [(mode, mode_words(mode)) for mode in ConsultationMode]
        self.caregivers.choices = [(user.id, user.display_name) for user in caregivers]
        self.notice.choices = [(minutes, _notice(minutes)) for minutes in NOTICES]
        self.horizon.choices = [(days, _("%(num)d days before", num=days)) for days in HORIZONS]

    def validate_price(self, field: StringField) -> None:
        """Take euros, with or without cents."""
        if field.data and not _PRICE.fullmatch(field.data):
            raise ValidationError(_("Write a price in euros, for example 70 or 38,50."))

    @property
    def price_cents(self) -> int | None:
        """Return the price, if there is one."""
        found = _PRICE.fullmatch(self.price.data or "")
        if not found:
            return None
        return int(found.group(1)) * 100 + int((found.group(2) or "0").ljust(2, "0"))


class LinkForm(Form):
    """A calendar link: for which device, and how much it tells."""

    name = StringField(
        _l("For which device?"),
        [
            InputRequired(_l("Name the device or the program, for example My phone.")),
            Length(max=60, message=_l("60 characters at most.")),
        ],
        filters=[strip],
    )
    level = RadioField(
        _l("What the title of each appointment shows"),
        coerce=DetailLevel,
        default=DetailLevel.DISCREET,
    )

    def __init__(self, **given: Any) -> None:
        """Offer the levels, the most discreet first."""
        super().__init__(**given)
        self.level.choices = [
            (DetailLevel.DISCREET, _("“Appointment”")),
            (DetailLevel.INITIALS, _("“M. F.”")),
            (DetailLevel.FULL_NAME, _("“Madeleine Ferrand”")),
        ]


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


def clock_minute(typed: str | None) -> int | None:
    """Read « 9:00 », « 9h », « 09 h 30 » as minutes after midnight; nothing if it is no hour."""
    found = _CLOCK.fullmatch(strip(typed))
    if not found:
        return None
    hour, minute = int(found.group(1)), int(found.group(2) or 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None  # noqa: PLR2004  (a clock)


def clock_text(minute: int) -> str:
    """Write minutes after midnight as a clock does; what a time field of a browser reads."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _refuse(field: Any, words: str) -> None:
    field.errors = [*field.errors, words]


def _notice(minutes: int) -> str:
    if minutes == 0:
        return str(_("up to the last minute"))
    hours = minutes // 60
    if hours < 48:  # noqa: PLR2004  (then people count in days)
        return str(_("%(num)d h before", num=hours))
    return str(_("%(num)d days before", num=hours // 24))
