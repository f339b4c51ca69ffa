"""What several forms read alike: hours of the day, a key, a question that an address answers."""

from __future__ import annotations

from typing import Self

from werkzeug.datastructures import MultiDict

from core import reading
from core.fields import KeyField
from core.forms import Form
from scheduling.time.openings import DAY


def clock_end(typed: str | None) -> int | None:
    """Read the hour at which something ends: midnight is the end of the day."""
    minute = reading.minute(typed)
    return DAY if minute == 0 else minute


def clock_minute(typed: str | None) -> int | None:
    """Read the hour at which something begins, in minutes after midnight."""
    minute = reading.minute(typed)
    return minute if minute is not None and minute < DAY else None


def clock_text(minute: int) -> str:
    """Write minutes after midnight in a field for an hour: « 09:00 »."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


class KeyForm(Form):
    """A button that is pressed twice, and counts once."""

    cle = KeyField()


class ChoiceForm(Form):
    """A question that an address answers: nothing is written, so nothing can be forged."""

    class Meta:
        csrf = False

    @classmethod
    def unanswered(cls) -> Self:
        """Return the question as it is asked again of who went on without an answer."""
        form = cls(MultiDict())
        form.validate()
        return form
