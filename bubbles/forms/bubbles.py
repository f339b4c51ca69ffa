"""What people write about a bubble."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileRequired
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from bubbles.vocabulary import BubbleInformation, Kept
from core import reading
from core.fields import KeyField
from core.forms import Form
from core.zones import zone_choices
from security.addresses import fold_email
from security.phones import PhoneError, read_phone
from uploads.forms import PictureField, UploadForm


def fold_phone(typed: str) -> str:
    """Keep a number as the whole world dials it, where it can be read; else as it was typed."""
    try:
        return read_phone(typed)
    except PhoneError:
        return typed


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
    )
    description = TextAreaField(
        _l("What it is for"),
        [Length(max=2000, message=_l("2,000 characters at most."))],
    )
    team_sentence = StringField(
        _l("Our team in one sentence"),
        [Length(max=160, message=_l("160 characters at most."))],
    )
    contact_email = StringField(_l("Contact e-mail"), [Optional(), fold_address])
    contact_phone = StringField(
        _l("Contact phone"),
        [Length(max=30, message=_l("30 characters at most."))],
        filters=[fold_phone],
    )
    place_name = StringField(
        _l("Name of the place"),
        [Length(max=120, message=_l("120 characters at most."))],
    )
    street = StringField(
        _l("Number and street"),
        [Length(max=200, message=_l("200 characters at most."))],
    )
    postcode = StringField(_l("Postcode"), [Length(max=12, message=_l("12 characters at most."))])
    town = StringField(_l("Town"), [Length(max=80, message=_l("80 characters at most."))])
    time_zone = SelectField(  # type: ignore[call-arg]  # newer than its types
        _l("Time zone"),
        [InputRequired(_l("Choose the time zone of the place."))],
        choices=zone_choices,
        invalid_choice_message=_l("Choose the time zone of the place."),
    )

    is_named_in_mails = BooleanField(_l("Write the name of the bubble in e-mails"))
    version = HiddenField()
    """Which state of the information was shown: nobody overwrites what they have not seen."""

    keep = RadioField(
        _l("What is to stay?"),
        choices=[
            SelectChoice(Kept.HOURS.value, _l("Keep the hours shown (10:30 stays 10:30)")),
            SelectChoice(Kept.INSTANTS.value, _l("Keep the moment")),
        ],
        validate_choice=False,
    )
    """Asked only when the time zone changes, and hours depend on it."""
    asked_zone = HiddenField()
    """About which new time zone that was asked: the answer holds for no other."""
    retour = SubmitField()
    """Pressed by who goes back to the information, and changes nothing."""

    def kept(self) -> Kept | None:
        """Return what is to stay, if it was asked about the zone that is chosen."""
        if self.asked_zone.data != self.time_zone.data:
            return None
        return Kept(self.keep.data) if self.keep.data in set(Kept) else None

    def shown_version(self) -> int | None:
        """Return the version that the page showed, where it is one."""
        return reading.number(self.version.data)

    def information_fields(self) -> list[Field]:
        """Return the fields that make the information, in their order."""
        return [self[name] for name in BubbleInformation.__dataclass_fields__]

    def information(self) -> BubbleInformation:
        """Return what was typed, for the operations."""
        return BubbleInformation(
            **{name: getattr(self, name).data for name in BubbleInformation.__dataclass_fields__}
        )


class NewBubbleForm(BubbleForm):
    """A bubble about to be created."""

    also_caregiver = BooleanField(_l("I am a caregiver of this bubble too"))
    key = KeyField()


class LogoForm(UploadForm):
    """A picture by which the team is recognised."""

    file = PictureField(_l("Logo"), [FileRequired(_l("Choose a picture."))])


class ClosingForm(Form):
    """The name, typed by who means it."""

    typed_name = StringField(
        _l("Name of the bubble, to confirm"),
        [InputRequired(_l("Write the name of the bubble as it stands above."))],
    )
