"""The whole profile, in one form and behind one button."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FormField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import Length, Optional, ValidationError

from caregiver.operations.profile import Face, Line
from caregiver.vocabulary import (
    PAYMENT_WORDS,
    SECTOR_WORDS,
    FeeSector,
    LineKind,
    PaymentMethod,
)
from core import reading
from core.fields import (
    HiddenFractionField,
    PriceField,
    one_name_at_least,
    says_a_name_or_nothing,
)
from core.forms import PartForm
from security.forms.fields import LONGEST_NAME, PhoneField, printable
from uploads.forms import PictureField, UploadForm

LONGEST_DISPLAY_NAME = 120
LONGEST_ABOUT = 1200
MOST_ITEMS = 30
LONGEST_ITEM = 60
MOST_LINES = 8
SPARE_LINES = 2
"""Empty ones below those that are filled in."""
TITLES = re.compile(r"(?:dr|docteur|pr|professeure?|me|mme|m|mlle)\.?", re.IGNORECASE)


def lines_of(text: str | None) -> list[str]:
    """Return what stands on the lines of a text, tidied, each once."""
    lines = (reading.line(line).strip(",;") for line in (text or "").splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def words_of(text: str | None) -> list[str]:
    """Return what stands between the commas of a text, tidied, each once."""
    parts = (reading.line(part) for part in re.split(r"[,;\n]", text or ""))
    return list(dict.fromkeys(part for part in parts if part))


def split_name(display_name: str) -> tuple[str, str, str]:
    """Guess title, given and family name from how others see somebody: the person corrects it."""
    words = display_name.split()
    title = words.pop(0) if len(words) > 1 and TITLES.fullmatch(words[0]) else ""
    return title, " ".join(words[:1]), " ".join(words[1:])


def _few(items: Sequence[str]) -> None:
    if len(items) > MOST_ITEMS:
        raise ValidationError(gettext("%(count)s at most, please.", count=MOST_ITEMS))
    if any(len(item) > LONGEST_ITEM for item in items):
        raise ValidationError(gettext("%(count)s characters at most for each.", count=LONGEST_ITEM))
    if not all(item.isprintable() for item in items):
        raise ValidationError(gettext("Some characters cannot be used here."))


class LineForm(PartForm):
    """One line of the career or of the diplomas."""

    period = StringField(
        _l("When"),
        [Length(max=40, message=_l("40 characters at most.")), printable],
    )
    words = StringField(
        _l("What"),
        [Length(max=160, message=_l("160 characters at most.")), printable],
    )

    def validate_words(self, field: Field) -> None:
        """A date alone says nothing."""
        if self.period.data and not field.data:
            raise ValidationError(gettext("Say in a few words what happened then."))

    def line(self) -> Line | None:
        """Return what was written, if anything was."""
        return Line(self.words.data, period=self.period.data or "") if self.words.data else None


class FeeForm(PartForm):
    """One price."""

    words = StringField(
        _l("Consultation or act"),
        [Length(max=160, message=_l("160 characters at most.")), printable],
    )
    price = PriceField(_l("Price"), [Length(max=20), printable])

    def validate_words(self, field: Field) -> None:
        """A price alone says nothing."""
        if self.price.data and not field.data:
            raise ValidationError(gettext("Say what this price is for."))

    def validate_price(self, field: Field) -> None:
        """Read euros as people write them."""
        if self.words.data and self.price.cents is None:
            raise ValidationError(gettext("Write a price in euros, for example 25 or 48,40."))

    def line(self) -> Line | None:
        """Return what was written, if anything was."""
        return Line(self.words.data, cents=self.price.cents) if self.words.data else None


class Lines(FieldList):  # type: ignore[type-arg]  # its types take one, it does not
    """A list whose lines are numbered in the names of their boxes: by small numbers only."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        for name in formdata:
            at = reading.number(name.removeprefix(f"{prefix}-").partition("-")[0], most=99)
            if at is not None and name.startswith(f"{prefix}-"):
                yield at


class ProfileForm(UploadForm):
    """How others see a caregiver; nothing is saved before its button."""

    photo = PictureField(_l("Your profile photo"))
    without_photo = BooleanField(_l("Remove my photo"))
    crop_left = HiddenFractionField()
    crop_top = HiddenFractionField()
    crop_side = HiddenFractionField()
    title = StringField(
        _l("Your title"),
        [Length(max=20, message=_l("20 characters at most.")), printable],
    )
    given_name = StringField(
        _l("Your first name"),
        [
            says_a_name_or_nothing,
            Length(max=LONGEST_NAME, message=_l("58 characters at most.")),
            printable,
        ],
    )
    family_name = StringField(
        _l("Your last name"),
        [
            says_a_name_or_nothing,
            Length(max=LONGEST_NAME, message=_l("58 characters at most.")),
            printable,
        ],
    )
    phone = PhoneField(_l("Your phone number (a mobile if possible)"), [Optional()])
    profession = StringField(
        _l("Your profession"),
        [Length(max=80, message=_l("80 characters at most."))],
    )
    about = TextAreaField(
        _l("About you"),
        [Length(max=LONGEST_ABOUT, message=_l("1,200 characters at most."))],
    )
    acts = TextAreaField(_l("What you do"))
    languages = StringField(_l("Languages you speak"))
    payment = SelectMultipleField(
        _l("How one can pay"),
        choices=[SelectChoice(method.value, words) for method, words in PAYMENT_WORDS.items()],
    )
    sector = SelectField(
        _l("Your fees and the health insurance"),
        choices=[
            SelectChoice("", _l("Not said")),
            *(SelectChoice(sector.value, words) for sector, words in SECTOR_WORDS.items()),
        ],
        default="",
    )
    career = Lines(FormField(LineForm), max_entries=MOST_LINES)
    diplomas = Lines(FormField(LineForm), max_entries=MOST_LINES)
    fees = Lines(FormField(FeeForm), max_entries=MOST_LINES)

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for one name at least: many people have only one."""
        is_valid = super().validate(extra_validators)
        words = gettext("Write your name: if you have only one, write it in either box.")
        is_named = one_name_at_least(self.given_name, self.family_name, words)
        if is_valid and not is_named:
            self.keep_chosen()
        return is_valid and is_named

    def validate_family_name(self, field: Field) -> None:
        """Names and title are shown together."""
        parts = (self.title.data or "", self.given_name.data or "", field.data or "")
        if len(" ".join(parts).strip()) > LONGEST_DISPLAY_NAME:
            raise ValidationError(gettext("Title and names are too long together."))

    def validate_acts(self, field: Field) -> None:
        """A few short items."""
        _few(lines_of(field.data))

    def validate_languages(self, field: Field) -> None:
        """A few short items."""
        _few(words_of(field.data))

    @property
    def crop(self) -> tuple[float, float, float] | None:
        """Return the chosen square of the photo; none is the middle of it."""
        left, top, side = self.crop_left.data, self.crop_top.data, self.crop_side.data
        if left is None or top is None or not side:
            return None
        is_inside = 0 <= left <= 1 and 0 <= top <= 1 and 0 < side <= 1
        return (left, top, side) if is_inside else None

    def face(self) -> Face:
        """Return the whole profile as it is written."""
        return Face(
            title=self.title.data or "",
            given_name=self.given_name.data or "",
            family_name=self.family_name.data or "",
            profession=self.profession.data or "",
            about=self.about.data or "",
            acts=lines_of(self.acts.data),
            languages=words_of(self.languages.data),
            payment=[PaymentMethod(value) for value in self.payment.data or []],
            sector=FeeSector(self.sector.data) if self.sector.data else None,
            lines={
                LineKind.CAREER: _written(self.career),
                LineKind.DIPLOMA: _written(self.diplomas),
                LineKind.FEE: _written(self.fees),
            },
        )

    def add_spare_lines(self) -> None:
        """Leave room below each list."""
        for rows in (self.career, self.diplomas, self.fees):
            filled = sum(entry.form.line() is not None for entry in rows)
            while len(rows) < min(filled + SPARE_LINES, MOST_LINES):
                rows.append_entry()


def _written(rows: FieldList) -> list[Line]:  # type: ignore[type-arg]  # its types take one, it does not
    lines: Iterable[Line | None] = (entry.form.line() for entry in rows)
    return [line for line in lines if line is not None]


HINTS: dict[str, LazyString] = {
    "career": _l("For example “Since 2016” and “Home-care nurse, Saint-Jean”."),
    "diplomas": _l("For example “2009” and “State diploma in nursing”."),
    "fees": _l("For example “First consultation” and “70 €”."),
}
