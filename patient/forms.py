"""Saying who one is, and choosing who follows a patient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectMultipleField, StringField, ValidationError
from wtforms.validators import Length

from core import clock, wording
from core.forms import Form

LONGEST_LIFE = 130
"""Years; an older birth date is a slip of the finger."""


def _tidy(text: str | None) -> str:
    """Keep one space between words, whatever was pasted."""
    return " ".join((text or "").replace("\x00", "").split())


def _number(text: str | None) -> int | None:
    """Read « 3 », « 03 » or « 3 » with spaces; nothing else is a number here."""
    digits = _tidy(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 4 else None  # noqa: PLR2004


def _says_a_name(message: Any) -> Callable[[Form, Field], None]:
    """A name has a letter in it, in whatever alphabet."""

    def check(_form: Form, field: Field) -> None:
        if not any(character.isalpha() for character in field.data):
            raise ValidationError(message)

    return check


def _goes_from(low: int, high: int, missing: Any, outside: Any) -> Callable[..., None]:
    """A box of the date holds a number between two others."""

    def check(_form: Form, field: Field) -> None:
        number = _number(field.data)
        if number is None:
            raise ValidationError(missing)
        if not low <= number <= high:
            raise ValidationError(outside)

    return check


class IdentityForm(Form):
    """Given name, family name, birth date in three boxes; nothing else is asked now."""

    given_name = StringField(
        _l("Given name"),
        filters=[_tidy],
        validators=[
            _says_a_name(_l("Write the given name, for example Jeanne.")),
            Length(max=80, message=_l("80 letters at most.")),
        ],
    )
    family_name = StringField(
        _l("Family name"),
        filters=[_tidy],
        validators=[
            _says_a_name(_l("Write the family name, for example Ferrand.")),
            Length(max=80, message=_l("80 letters at most.")),
        ],
    )
    birth_day = StringField(
        _l("Day"),
        filters=[_tidy],
        validators=[
            _goes_from(
                1,
                31,
                _l("Write the day of birth in figures, for example 9."),
                _l("The day goes from 1 to 31."),
            )
        ],
    )
    birth_month = StringField(
        _l("Month"),
        filters=[_tidy],
        validators=[
            _goes_from(
                1,
                12,
                _l("Write the month of birth in figures, for example 3 for March."),
                _l("The month goes from 1 to 12."),
            )
        ],
    )
    birth_year = StringField(
        _l("Year"),
        filters=[_tidy],
        validators=[
            _goes_from(
                1000,
                9999,
                _l("Write the year of birth in 4 figures, for example 1951."),
                _l("Write the year of birth in 4 figures, for example 1951."),
            )
        ],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge the three boxes one by one, then together."""
        if not super().validate(extra_validators):
            return False
        try:
            born = self._born()
        except ValueError:
            self.birth_day.errors = [_("This month has fewer days. Please check the date.")]
            return False
        if clock.now().year - born.year > LONGEST_LIFE:
            self.birth_year.errors = [_("This year is too long ago. Please check it.")]
            return False
        if born > wording.today("Pacific/Kiritimati"):  # where every day begins first
            self.birth_year.errors = [_("This date is in the future. Please check the year.")]
            return False
        return True

    def _born(self) -> date:
        year, month, day = (
            _number(box.data) or 0 for box in (self.birth_year, self.birth_month, self.birth_day)
        )
        return date(year, month, day)

    def identity(self) -> dict[str, Any]:
        """Return what the operations take."""
        return {
            "given_name": self.given_name.data,
            "family_name": self.family_name.data,
            "birth_date": self._born(),
        }


class FollowersForm(Form):
    """Which caregivers of the bubble follow the patient; none is an answer too."""

    user_ids = SelectMultipleField(_l("Who follows this person"), coerce=int)

    def offer(self, choices: Sequence[tuple[int, str]]) -> None:
        """Say who may be chosen."""
        self.user_ids.choices = list(choices)
