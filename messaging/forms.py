"""What a message may be, whichever door it comes through."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, TextAreaField, ValidationError

from core.fields import RowIdField
from core.forms import Form, first_error
from messaging.errors import InvalidMessageError

LONGEST = 10_000
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def _is_a_message(_form: object, field: Field) -> None:
    text = field.data
    if not text:
        raise ValidationError(_l("Write your message."))
    if len(text) > LONGEST:
        raise ValidationError(
            _l(
                "Your message is too long (%(count)s characters). The limit is 10,000.",
                count=len(text),
            )
        )
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError(
            _l("Your message contains a character that cannot be sent. Please type it again.")
        )


def _is_an_id(_form: object, field: Field) -> None:
    if not CLIENT_ID.fullmatch(field.data or ""):
        raise ValidationError(_l("Please send once more."))


class MessageForm(Form):
    """A text, and the id that its page gave it."""

    body = TextAreaField(_l("Your message"), validators=[_is_a_message])
    client_id = HiddenField(validators=[_is_an_id])

    @classmethod
    def of_payload(cls, data: dict[str, Any]) -> MessageForm:
        """Read a socket's payload, of which nothing is known: only texts are kept."""
        texts = {key: value for key, value in data.items() if isinstance(value, str)}
        return cls(formdata=MultiDict(texts), meta={"csrf": False})

    def accept(self) -> dict[str, str]:
        """Return what an operation takes.

        Raises:
            InvalidMessageError: with the first thing to mend.
        """
        if not self.validate():
            raise InvalidMessageError(first_error(self))
        return {"body": str(self.body.data), "client_id": str(self.client_id.data)}


class ReadForm(Form):
    """Up to which message somebody has read."""

    seq = RowIdField()


def whole_number(value: object) -> int:
    """Read an id out of a payload; 0, which nothing has, when it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
