"""What caregivers write about themselves."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from caregiver.vocabulary import DocumentType
from core.forms import Form
from security.forms.fields import printable

TYPES: dict[DocumentType, LazyString] = {
    DocumentType.IDENTITY_CARD: _l("Identity card"),
    DocumentType.PASSPORT: _l("Passport"),
    DocumentType.DRIVING_LICENCE: _l("Driving licence"),
    DocumentType.LIABILITY_INSURANCE: _l("Professional liability insurance (RCP)"),
    DocumentType.BANK_DETAILS: _l("Bank details (RIB)"),
    DocumentType.DIPLOMA: _l("Diploma"),
    DocumentType.OTHER: _l("Other"),
}


def strip(value: str | None) -> str:
    """Leave out the spaces around, and treat nothing as an empty text."""
    return " ".join((value or "").split())


class ProfileForm(Form):
    """How others see a caregiver."""

    display_name = StringField(
        _l("Your name, as people see it"),
        [
            DataRequired(_l("Write your name, for example Nadège Lemaître.")),
            Length(max=120, message=_l("120 characters at most.")),
            printable,
        ],
        filters=[strip],
    )
    profession = StringField(
        _l("Your profession"),
        [Length(max=80, message=_l("80 characters at most."))],
        filters=[strip],
    )


class DocumentForm(Form):
    """One administrative document."""

    type = SelectField(  # type: ignore[call-arg]  # newer than its types
        _l("Type of document"),
        [InputRequired(_l("Remember to say the type of your document."))],
        choices=[
            SelectChoice("", _l("Choose a type")),
            *(SelectChoice(kind.value, word) for kind, word in TYPES.items()),
        ],
        invalid_choice_message=_l("Remember to say the type of your document."),
    )
    label = StringField(
        _l("What it is, if you chose “Other”"),
        [Length(max=80, message=_l("80 characters at most."))],
        filters=[strip],
    )
    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])

    def validate_label(self, field: Field) -> None:
        """Ask for words where the type says nothing."""
        if self.type.data == DocumentType.OTHER and not field.data:
            raise ValidationError(str(_l("Say in a few words what this document is.")))
