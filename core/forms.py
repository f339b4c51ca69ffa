"""The form that every other one is: what no database keeps, and what no page sends, is refused."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from babel.support import Translations
from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import (
    Field,
    HiddenField,
    MultipleFileField,
    PasswordField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.i18n import DefaultTranslations, messages_path
from wtforms.meta import DefaultMeta

from core import reading
from core.sentences import language

NOBODY_TYPES = frozenset({"Cc", "Cs"})
"""Control characters and halves of characters, by their Unicode category."""


class _TextIsRead(DefaultMeta):
    def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
        """Read what people write the same way everywhere, before a field's own filters see it.

        Nothing is an empty text; passwords, and what a page itself wrote, are kept as sent.
        """
        field = super().bind_field(form, unbound_field, options)
        if isinstance(field, TextAreaField):
            field.filters = (_text, *field.filters)
        elif isinstance(field, StringField) and not isinstance(field, PasswordField | HiddenField):
            field.filters = (_line, *field.filters)
        return field


class PartForm(PlainForm):
    """A form inside another one, as a line of a list is."""

    class Meta(_TextIsRead):
        pass


class Form(FlaskForm):
    """Judges every field for what its own validators need not think of."""

    class Meta(_TextIsRead, FlaskForm.Meta):
        def get_translations(self, form: Any) -> Any:
            """Return the sentences of WTForms itself, read from the disk once a process."""
            return _sentences(language()) if request else None

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Read what forms send, never JSON: its values are of any type, nested to any depth."""
            if formdata is _Auto and request.is_json:
                return ImmutableMultiDict()
            return super().wrap_formdata(form, formdata)

    def validate(self, extra_validators: Any = None) -> bool:
        """Run the validators, then refuse what cannot have been typed on the page."""
        is_valid = bool(super().validate(extra_validators)) and not request.is_json
        for field in self:
            if _is_repeated(field):
                _refuse(field, _l("This answer came several times. Please give it once."))
                is_valid = False
            elif isinstance(field, StringField) and not _can_be_kept(field):
                _refuse(field, _l("Some characters cannot be used here."))
                is_valid = False
        return is_valid


@cache
def _sentences(spoken: str) -> DefaultTranslations:
    return DefaultTranslations(Translations.load(messages_path(), [spoken], domain="wtforms"))


def _line(value: str | None) -> str:
    return reading.line(value or "")


def _text(value: str | None) -> str:
    return reading.paragraphs(value or "")


def _is_repeated(field: Field) -> bool:
    sent = getattr(field, "raw_data", None) or []
    return len(sent) > 1 and not isinstance(field, SelectMultipleField | MultipleFileField)


def _can_be_kept(field: Field) -> bool:
    """PostgreSQL keeps no NUL, UTF-8 no half of a character; a single line has no line breaks."""
    text = field.data or ""
    if isinstance(field, TextAreaField | PasswordField):
        return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
    if text.isascii():
        return text.isprintable()
    return all(unicodedata.category(sign) not in NOBODY_TYPES for sign in text)


def _refuse(field: Field, words: Any) -> None:
    field.errors = [*field.errors, str(words)]


def first_error(form: Form) -> str:
    """Return the first thing to mend, of a form that is not valid."""
    return next(str(error) for errors in form.errors.values() for error in errors)


def status_of(form: Form) -> int:
    """Say whether the page is shown for the first time, or again with what is wrong."""
    return 422 if form.is_submitted() else 200
