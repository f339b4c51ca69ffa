"""What people write about bubbles and invitations."""

from __future__ import annotations

from typing import Any

import phonenumbers
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from bubbles.vocabulary import BubbleInformation, InvitedAs
from core import tokens
from core.forms import Form
from core.zones import zone_choices
from security.addresses import fold_email


def strip(value: str | None) -> str:
    """Leave out the spaces around, and treat nothing as an empty text."""
    return (value or "").strip()


def fold_phone(value: str | None) -> str:
    """Keep a number as the whole world dials it, where it can be read; else as it was typed."""
    typed = strip(value)
    try:
        number = phonenumbers.parse(typed, "FR")
    except phonenumbers.NumberParseException:
        return typed
    if not phonenumbers.is_valid_number(number):
        return typed
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def fold_address(form: Any, field: Field) -> None:
    """Fold an e-mail address in place, or say that it is none."""
    try:
        field.data = fold_email(field.data or "")
    except ValueError as error:
        raise ValidationError(
            str(_l("Write a whole e-mail address, for example camille@example.org."))
        ) from error


class BubbleForm(Form):
    """The general information of a bubble."""

    name = StringField(
        _l("Name of the bubble"),
        [
            DataRequired(_l("Give the bubble a name, for example Les Tilleuls.")),
            Length(max=80, message=_l("80 characters at most.")),
        ],
        filters=[strip],
    )
    description = TextAreaField(
        _l("What it is for"),
        [Length(max=2000, message=_l("2,000 characters at most."))],
        filters=[strip],
    )
    contact_email = EmailField(_l("Contact e-mail"), [Optional(), fold_address], filters=[strip])
    contact_phone = TelField(
        _l("Contact phone"),
        [Length(max=30, message=_l("30 characters at most."))],
        filters=[fold_phone],
    )
    place_name = StringField(
        _l("Name of the place"),
        [Length(max=120, message=_l("120 characters at most."))],
        filters=[strip],
    )
    street = StringField(
        _l("Number and street"),
        [Length(max=200, message=_l("200 characters at most."))],
        filters=[strip],
    )
    postcode = StringField(
        _l("Postcode"), [Length(max=12, message=_l("12 characters at most."))], filters=[strip]
    )
    town = StringField(
        _l("Town"), [Length(max=80, message=_l("80 characters at most."))], filters=[strip]
    )
    time_zone = SelectField(  # type: ignore[call-arg]  # newer than its types
        _l("Time zone"),
        [InputRequired(_l("Choose the time zone of the place."))],
        choices=zone_choices,
        invalid_choice_message=_l("Choose the time zone of the place."),
    )

    def information(self) -> BubbleInformation:
        """Return what was typed, for the operations."""
        return BubbleInformation(
            **{name: getattr(self, name).data for name in BubbleInformation.__dataclass_fields__}
        )


class NewBubbleForm(BubbleForm):
    """A bubble about to be created."""

    also_caregiver = BooleanField(_l("I am a caregiver of this bubble too"))


class InvitationForm(Form):
    """Who is invited, as what, with which words."""

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
    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Write the e-mail address of the person you invite.")), fold_address],
        filters=[strip],
    )
    followers = SelectMultipleField(  # type: ignore[call-arg]  # newer than its types
        _l("Who will follow this patient?"),
        coerce=int,
        invalid_choice_message=_l("Choose among the caregivers of this bubble."),
    )
    word = TextAreaField(
        _l("A word for them"),
        [Length(max=500, message=_l("500 characters at most."))],
        filters=[strip],
    )
    key = HiddenField(default=tokens.new_token)

    def offer(self, caregivers: list[Any]) -> None:
        """Set whom a patient may be followed by."""
        self.followers.choices = [SelectChoice(user.id, user.display_name) for user in caregivers]
