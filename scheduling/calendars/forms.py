"""Calendar links."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from core.forms import Form
from scheduling.calendars.vocabulary import DetailLevel


class CalendarLinkForm(Form):
    """A calendar link: for which device, and how much it tells."""

    name = StringField(
        _l("For which device?"),
        [
            InputRequired(_l("Name the device or the program, for example My phone.")),
            Length(max=60, message=_l("60 characters at most.")),
        ],
    )
    level = RadioField(
        _l("What the title of each appointment shows"),
        coerce=DetailLevel,
        default=DetailLevel.DISCREET,
    )

    def __init__(self, **given: Any) -> None:
        """Offer the levels, the most discreet first."""
        super().__init__(**given)
        self.level.choices = [
            (DetailLevel.DISCREET, _("“Appointment”")),
            (DetailLevel.INITIALS, _("“M. F.”")),
            (DetailLevel.FULL_NAME, _("“Madeleine Ferrand”")),
        ]
