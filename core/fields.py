"""Fields of forms that read through ``core.reading``, and say in words what they cannot read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, StringField, ValidationError
from wtforms.widgets import HiddenInput, TextInput

from core import clock, reading, tokens, wording

LONGEST_LIFE = 130
"""Years; an older birth date is a slip of the finger."""


class DayField(Field):
    """A date, in French order whatever the browser speaks; what was typed comes back as it was."""

    widget: Any = TextInput()
    unread: Any = _l("Write a day such as 24/11/2026.")
    first_year, last_year = 2000, 2200

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%d/%m/%Y}" if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day, of a year that calendars have."""
        typed = valuelist[0] if valuelist else ""
        self.data: date | None = self._read(typed)
        if reading.line(typed) and self.data is None:
            raise ValueError(str(self.unread))

    def forget(self) -> None:
        """Drop what was typed, and what was wrong with it."""
        self.data, self.raw_data = None, []
        self.process_errors = []

    def _read(self, typed: str) -> date | None:
        day = reading.day(typed)
        return day if day and self.first_year <= day.year <= self.last_year else None


class BirthDateField(DayField):
    """A date of birth, in one field: « 9/3/1951 », « 9 mars 1951 »."""

    unread = _l("Write the birth date in figures, for example 09/03/1951.")

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day on which somebody may have been born."""
        typed = valuelist[0] if valuelist else ""
        self.data = reading.day(typed, before=clock.now().date())
        if not reading.line(typed):
            return
        if self.data is None and reading.is_short_year(typed):
            raise ValueError(str(_l("Write the year of birth in 4 figures, for example 1951.")))
        if self.data is None:
            raise ValueError(str(_l("This date does not exist, or is not written in figures.")))
        if clock.now().year - self.data.year > LONGEST_LIFE:
            raise ValueError(str(_l("This year is too long ago. Please check it.")))
        if self.data > wording.today("Pacific/Kiritimati"):  # where every day begins first
            raise ValueError(str(_l("This date is in the future. Please check the year.")))


class NumberField(Field):
    """A whole number, in the figures of any script."""

    widget: Any = TextInput()
    unread: Any = _l("Write a number, for example 4.")

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number."""
        typed = valuelist[0] if valuelist else ""
        self.data: int | None = reading.number(typed)
        if reading.line(typed) and self.data is None:
            raise ValueError(str(self.unread))


class MinutesField(NumberField):
    """A duration in whole minutes."""

    unread = _l("Write a duration in minutes, for example 30.")


class HiddenNumberField(NumberField):
    """A number that the page itself wrote."""

    widget = HiddenInput()


class RowIdField(HiddenNumberField):
    """The id of a row that the page itself wrote; 0, which no row has, for anything else."""

    data: int

    def process_data(self, value: int | None) -> None:
        """Begin with no row."""
        self.data = value or 0

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the id."""
        self.data = reading.row_id(valuelist[0] if valuelist else None)


class InstantField(Field):
    """An hour that the page itself wrote, as of a button."""

    widget = HiddenInput()
    unread: Any = _l("Choose an hour.")
    data: datetime | None

    def _value(self) -> str:
        return self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the instant; nothing is none."""
        typed = valuelist[0] if valuelist else ""
        self.data = reading.instant(typed)
        if typed and self.data is None:
            raise ValueError(str(self.unread))


class YesNoField(Field):
    """What one of two buttons said: « oui » or « non »; nothing for anything else."""

    widget = HiddenInput()
    data: bool | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the answer; without one, the default stays."""
        if valuelist:
            self.data = {"oui": True, "non": False}.get(valuelist[0])


class KeyField(HiddenField):
    """By which a form that is sent twice counts once; each page has its own."""

    def __init__(self, **given: Any) -> None:
        """Make the key of this page."""
        super().__init__(default=tokens.new_token, **given)


class HiddenFractionField(Field):
    """A part of one that a script wrote, as where a picture is cut; nothing for anything else."""

    widget = HiddenInput()

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the fraction."""
        self.data: float | None = reading.fraction(valuelist[0]) if valuelist else None


class PriceField(StringField):
    """An amount of euros; ``cents`` is what was read."""

    unread: Any = _l("Write a price in euros, for example 70 or 38,50.")

    @property
    def cents(self) -> int | None:
        """Return the amount; nothing for what is none."""
        return reading.cents(self.data or "")


def one_name_at_least(given: Any, family: Any, words: Any) -> bool:
    """Ask for a name, in either field: many people have only one; say whether there is one."""
    if any(sign.isalpha() for sign in f"{given.data or ''}{family.data or ''}"):
        return True
    if not given.errors and not family.errors:
        given.errors = [str(words)]
    return False


def says_a_name_or_nothing(_form: Any, field: Field) -> None:
    """Refuse what has no letter in it, in whatever alphabet."""
    if field.data and not any(sign.isalpha() for sign in field.data):
        raise ValidationError(_l("A name has at least one letter."))
