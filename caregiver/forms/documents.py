"""Papers: what they are, until when they are good, who may see them; and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from caregiver.vocabulary import TYPE_WORDS, DocumentType, Verdict
from core import clock
from core.fields import DayField, HiddenNumberField, KeyField
from core.forms import Form
from uploads.forms import UploadForm, UploadsField

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

    from bubbles.models import Bubble
    from caregiver.models import DocumentVersion

LONGEST_VALIDITY = 60
"""Years; a later date is a slip of the finger."""


class ExpiryField(DayField):
    """The last day on which a paper is good, in one field; years that passed are judged later."""

    unread = _l("This date does not exist, or cannot be read. Write it like 31/12/2027.")
    first_year, last_year = date.min.year, date.max.year


class ExpiryForm(Form):
    """The last day on which a paper is good; none where none is written on it."""

    expires_on = ExpiryField(_l("Good until"), [Optional()])

    def validate_expires_on(self, field: ExpiryField) -> None:
        """Ask for a day that is to come, and near enough to be meant."""
        ends, today = field.data, clock.now().date()
        if ends and ends < today:
            raise ValidationError(
                gettext("This date has passed. Check the year, or leave the date empty.")
            )
        if ends and ends.year > today.year + LONGEST_VALIDITY:
            raise ValidationError(gettext("This year is too far away. Please check it."))


class CorrectionForm(ExpiryForm):
    """The day alone, for the version that was on the page."""

    number = HiddenNumberField()

    def show(self, version: DocumentVersion) -> None:
        """Fill in what is known."""
        self.number.data = version.number
        self.expires_on.data = version.expires_on


class FilesForm(ExpiryForm, UploadForm):
    """Photos and PDFs that become one paper, with the last day on which it is good."""

    files = UploadsField(_l("File"))
    key = KeyField()

    @property
    def chosen(self) -> list[FileStorage]:
        """Return the files that were sent."""
        return self.files.chosen

    def validate_files(self, _field: Field) -> None:
        """A paper is made of one file at least."""
        if not self.chosen:
            raise ValidationError(gettext("Choose a file."))


class ShareForm(Form):
    """Which of one's bubbles may see a paper."""

    bubble_ids = SelectMultipleField(_l("Who may see it"), coerce=int)

    def offer(self, bubbles: Sequence[Bubble]) -> None:
        """Say which bubbles may be chosen."""
        self.bubble_ids.choices = [SelectChoice(bubble.id, bubble.name) for bubble in bubbles]


class DocumentForm(FilesForm, ShareForm):
    """One administrative document."""

    type = SelectField(  # type: ignore[call-arg]  # newer than its types
        _l("Type of document"),
        [InputRequired(_l("Remember to say the type of your document."))],
        choices=[
            SelectChoice("", _l("Choose a type")),
            *(SelectChoice(kind.value, word) for kind, word in TYPE_WORDS.items()),
        ],
        invalid_choice_message=_l("Remember to say the type of your document."),
    )
    label = StringField(
        _l("What it is, if you chose “Other”"),
        [Length(max=80, message=_l("80 characters at most."))],
    )

    def validate_label(self, field: Field) -> None:
        """Ask for words where the type says nothing."""
        if self.type.data == DocumentType.OTHER and not field.data:
            raise ValidationError(gettext("Say in a few words what this document is."))


class ReviewForm(Form):
    """What an administrator says of the version that was on the page."""

    number = HiddenNumberField()
    verdict = RadioField(
        _l("Your verdict"),
        [InputRequired(_l("Say whether the document is right, or is to be replaced."))],
        choices=[
            SelectChoice(Verdict.VERIFIED.value, _l("I have checked it: it is right")),
            SelectChoice(Verdict.TO_REPLACE.value, _l("To replace")),
        ],
    )
    reason = TextAreaField(
        _l("What is to be done, if it is to be replaced"),
        [Length(max=300, message=_l("300 characters at most."))],
    )

    def validate_reason(self, field: Field) -> None:
        """Who sends back says why."""
        if self.verdict.data == Verdict.TO_REPLACE and not field.data:
            raise ValidationError(
                gettext("Say what is wrong, for example “page 2 cannot be read”.")
            )
