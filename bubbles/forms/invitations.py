"""Who is invited, as what, with which words."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Length

from bubbles.forms.bubbles import fold_address, strip
from bubbles.vocabulary import InvitedAs, Invitee
from core import clock, tokens
from core.forms import Form

LONGEST_PASTE = 20_000
OLDEST = 130
"""Years; an older birth date is a slip of the finger."""


class OfferForm(Form):
    """What every invitation says, however it travels."""

    invited_as = RadioField(  # type: ignore[call-arg]  # newer than its types
        _l("Whom do you invite?"),
        [InputRequired(_l("Choose: a caregiver or a patient."))],
        choices=[
            SelectChoice(InvitedAs.CAREGIVER.value, _l("A caregiver")),
            SelectChoice(InvitedAs.PATIENT.value, _l("A patient")),
        ],
        default=InvitedAs.CAREGIVER.value,
        invalid_choice_message=_l("Choose: a caregiver or a patient."),
    )
    followers = SelectMultipleField(  # type: ignore[call-arg]  # newer than its types
        _l("Who will follow this patient?"),
        coerce=int,
        invalid_choice_message=_l("Choose among the caregivers of this bubble."),
    )
    key = HiddenField(default=tokens.new_token)

    def offer(self, caregivers: list[Any]) -> None:
        """Set whom a patient may be followed by."""
        self.followers.choices = [SelectChoice(user.id, user.display_name) for user in caregivers]


class PersonForm(OfferForm):
    """An invitation that may say whom it means."""

    given_name = StringField(
        _l("Given name"), [Length(max=80, message=_l("80 letters at most."))], filters=[strip]
    )
    family_name = StringField(
        _l("Family name"), [Length(max=80, message=_l("80 letters at most."))], filters=[strip]
    )
    birth_day = StringField(_l("Day"), filters=[strip])
    birth_month = StringField(_l("Month"), filters=[strip])
    birth_year = StringField(_l("Year"), filters=[strip])
    despite_likeness = BooleanField(_l("It is another person: invite anyway"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge the boxes of the birth date together: all empty, or a day that was."""
        is_valid = super().validate(extra_validators)
        try:
            self._born()
        except ValueError:
            self.birth_day.errors = [
                _(
                    "Write the day, the month and the year of birth in figures, "
                    "for example 9 3 1951."
                )
            ]
            return False
        return is_valid

    def invitee(self) -> Invitee:
        """Return who is meant, as far as it was said."""
        return Invitee(
            given_name=self.given_name.data or "",
            family_name=self.family_name.data or "",
            birth_date=self._born(),
            is_another=bool(self.despite_likeness.data),
        )

    def _born(self) -> date | None:
        boxes = [self.birth_year.data, self.birth_month.data, self.birth_day.data]
        if not any(boxes):
            return None
        if not all(box and box.isascii() and box.isdigit() and len(box) <= 4 for box in boxes):  # noqa: PLR2004
            raise ValueError("not figures")
        born = date(*(int(box or 0) for box in boxes))
        if not 0 <= clock.now().year - born.year <= OLDEST:
            raise ValueError("not a life")
        return born


class InvitationForm(PersonForm):
    """One invitation by mail."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Write the e-mail address of the person you invite.")), fold_address],
        filters=[strip],
    )
    word = TextAreaField(
        _l("A word for them"),
        [Length(max=500, message=_l("500 characters at most."))],
        filters=[strip],
    )


class SheetForm(PersonForm):
    """An invitation on paper: without an address, the name is what it is bound to."""

    given_name = StringField(
        _l("Given name"),
        [
            InputRequired(_l("Write the given name, for example Jeanne.")),
            Length(max=80, message=_l("80 letters at most.")),
        ],
        filters=[strip],
    )
    family_name = StringField(
        _l("Family name"),
        [
            InputRequired(_l("Write the family name, for example Ferrand.")),
            Length(max=80, message=_l("80 letters at most.")),
        ],
        filters=[strip],
    )


class ManyForm(OfferForm):
    """Many addresses at once, as they come out of a mail program or a table."""

    addresses = TextAreaField(
        _l("E-mail addresses"),
        [
            InputRequired(_l("Paste the addresses of the people you invite.")),
            Length(max=LONGEST_PASTE, message=_l("This is too long. Paste 50 addresses at most.")),
        ],
        filters=[strip],
    )
    word = TextAreaField(
        _l("A word for them"),
        [Length(max=500, message=_l("500 characters at most."))],
        filters=[strip],
    )


class SheetCodeForm(Form):
    """The code of a sheet of paper."""

    code = StringField(_l("Code of your sheet"), filters=[strip])
