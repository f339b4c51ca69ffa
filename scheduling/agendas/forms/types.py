"""What administrators decide about what can be booked, and about what is asked then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from caregiver.queries import caregiver_choices
from core import reading
from core.fields import KeyField, MinutesField, NumberField, PriceField
from core.forms import Form
from scheduling.agendas.vocabulary import (
    REMINDERS,
    ConsultationMode,
    QuestionKind,
    before_words,
    mode_words,
    question_kind_words,
)

if TYPE_CHECKING:
    from security.models import User

NOTICES = (0, 60, 120, 240, 720, 1440, 2880, 10080)
HORIZONS = (30, 60, 90, 180, 365)
LIMITS = (0, 120, 240, 720, 1440, 2880, 10080)
LONGEST_BUFFER = 240
LONGEST_TEXT = 2000
MOST_CHOICES = 20
LONGEST_CHOICE = 100


class ConsultationTypeForm(Form):
    """What an administrator decides about a consultation type; three answers are enough."""

    cle = KeyField()
    name = StringField(
        _l("Name"),
        [
            InputRequired(_l("Give it a name that patients understand, for example Follow-up.")),
            Length(max=80, message=_l("80 characters at most.")),
        ],
    )
    duration = MinutesField(
        _l("Duration, in minutes"),
        [
            InputRequired(_l("Write a duration in minutes, for example 30.")),
            NumberRange(5, 480, _l("A consultation lasts from 5 to 480 minutes.")),
        ],
    )
    caregivers = SelectMultipleField(
        _l("Who offers it"),
        [InputRequired(_l("Choose at least one caregiver of this bubble."))],
        coerce=int,
    )
    mode = RadioField(
        _l("Where it takes place"), coerce=ConsultationMode, default=ConsultationMode.ON_SITE
    )
    video_link = StringField(
        _l("Address of the video room"),
        [Length(max=300, message=_l("300 characters at most."))],
    )
    price = PriceField(_l("Price, in euros"))
    reimbursement = StringField(
        _l("Reimbursement"),
        [Length(max=200, message=_l("200 characters at most."))],
    )
    is_bookable = BooleanField(_l("Patients may book it online"), default=True)
    is_for_new = BooleanField(_l("Patients whom the caregiver has never seen"), default=True)
    is_for_known = BooleanField(_l("Patients whom the caregiver has seen already"), default=True)
    notice = SelectField(_l("Book at the latest"), coerce=int, default=60)
    horizon = SelectField(_l("Book at the earliest"), coerce=int, default=90)
    maximum = NumberField(
        _l("How many a day, at most"),
        [Optional(), NumberRange(1, 100, _l("From 1 to 100 a day; leave it empty for no limit."))],
    )
    buffer_before = MinutesField(
        _l("Time before, in minutes"),
        [Optional(), NumberRange(0, LONGEST_BUFFER, _l("From 0 to 240 minutes."))],
        default=0,
    )
    buffer_after = MinutesField(
        _l("Time after, in minutes"),
        [Optional(), NumberRange(0, LONGEST_BUFFER, _l("From 0 to 240 minutes."))],
        default=0,
    )
    cancellation = SelectField(_l("Cancel or move online at the latest"), coerce=int, default=0)
    reminders = SelectMultipleField(_l("Remind patients"), coerce=int, default=list(REMINDERS))
    instructions_before = TextAreaField(
        _l("To know before coming"),
        [Length(max=LONGEST_TEXT, message=_l("2,000 characters at most."))],
    )
    instructions_after = TextAreaField(
        _l("To know afterwards"),
        [Length(max=LONGEST_TEXT, message=_l("2,000 characters at most."))],
    )

    def __init__(self, caregivers: Sequence[User], **given: Any) -> None:
        """Offer the caregivers of the bubble, and keep what was set elsewhere among the choices."""
        super().__init__(**given)
        known = given.get("data") or {}
        self.mode.choices = [(mode, mode_words(mode)) for mode in ConsultationMode]
        self.caregivers.choices = caregiver_choices(caregivers)
        self.notice.choices = _choices(NOTICES, known.get("notice"), _latest)
        self.horizon.choices = _choices(HORIZONS, known.get("horizon"), _horizon)
        self.cancellation.choices = _choices(LIMITS, known.get("cancellation"), _latest)
        self.reminders.choices = [(minutes, before_words(minutes)) for minutes in REMINDERS]

    def validate_price(self, field: StringField) -> None:
        """Take euros, with or without cents."""
        if field.data and self.price.cents is None:
            raise ValidationError(_("Write a price in euros, for example 70 or 38,50."))

    def validate_video_link(self, field: StringField) -> None:
        """A consultation by video needs a place to meet."""
        if field.data and not reading.web_address(field.data):
            raise ValidationError(_("Write a whole address that begins with https://"))
        if self.mode.data is ConsultationMode.VIDEO and not field.data:
            raise ValidationError(_("Write the address of the video room: patients join there."))

    def validate_is_for_new(self, field: BooleanField) -> None:
        """Somebody must be able to book it."""
        if not field.data and not self.is_for_known.data:
            raise ValidationError(
                _("Choose who can book it: new patients, patients seen already, or both.")
            )

    @property
    def price_cents(self) -> int | None:
        """Return the price, if there is one."""
        return self.price.cents

    def has_errors_in(self, *names: str) -> bool:
        """Say whether one of these fields was refused: what hides it must open."""
        return any(name in self.errors for name in names)


class QuestionForm(Form):
    """A question that patients answer when they book."""

    cle = KeyField()
    wording = StringField(
        _l("Question"),
        [
            InputRequired(_l("Write the question as patients will read it.")),
            Length(max=200, message=_l("200 characters at most.")),
        ],
    )
    kind = RadioField(_l("How it is answered"), coerce=QuestionKind, default=QuestionKind.TEXT)
    choices = TextAreaField(_l("Choices, one a line"))
    is_required = BooleanField(_l("Patients must answer"))

    def __init__(self, **given: Any) -> None:
        """Offer the three kinds."""
        super().__init__(**given)
        self.kind.choices = [(kind, question_kind_words(kind)) for kind in QuestionKind]

    def validate_choices(self, field: TextAreaField) -> None:
        """Where one chooses, there is something to choose from."""
        if self.kind.data is not QuestionKind.CHOICE:
            return
        lines = self.choice_lines
        if len(set(lines)) < 2:  # noqa: PLR2004  (one is no choice)
            raise ValidationError(_("Write at least two different choices, one a line."))
        if len(lines) > MOST_CHOICES or any(len(line) > LONGEST_CHOICE for line in lines):
            raise ValidationError(_("20 choices at most, of 100 characters at most."))

    @property
    def choice_lines(self) -> tuple[str, ...]:
        """Return the choices that were typed."""
        return tuple(filter(None, map(reading.line, (self.choices.data or "").splitlines())))


def _choices(
    usual: Iterable[int], known: int | None, words: Callable[[int], str]
) -> list[tuple[int, str]]:
    values = sorted({*usual, *([] if known is None else [known])})
    return [(value, words(value)) for value in values]


def _latest(minutes: int) -> str:
    return before_words(minutes) if minutes else str(_("up to the last minute"))


def _horizon(days: int) -> str:
    return str(_("%(num)d days before", num=days))
