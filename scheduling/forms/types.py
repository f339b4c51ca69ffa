"""What administrators decide about what can be booked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from core.forms import Form
from scheduling.forms.fields import MinutesField, strip
from scheduling.vocabulary import ConsultationMode, mode_words

_PRICE = re.compile(r"(\d{1,4})(?:[.,](\d{1,2}))?\s*€?")
NOTICES = (0, 60, 120, 240, 720, 1440, 2880, 10080)
HORIZONS = (30, 60, 90, 180)


class ConsultationTypeForm(Form):
    """What an administrator decides about a consultation type."""

    name = StringField(
        _l("Name"),
        [
            InputRequired(_l("Give it a name that patients understand, for example Follow-up.")),
            Length(max=80, message=_l("80 characters at most.")),
        ],
        filters=[strip],
    )
    duration = MinutesField(
        _l("Duration, in minutes"),
        [
            InputRequired(_l("Write a duration in minutes, for example 30.")),
            NumberRange(5, 480, _l("A consultation lasts from 5 to 480 minutes.")),
        ],
    )
    mode = RadioField(
        _l("Where it takes place"), coerce=ConsultationMode, default=ConsultationMode.ON_SITE
    )
    price = StringField(_l("Price, in euros"), filters=[strip])
    caregivers = SelectMultipleField(
        _l("Who offers it"),
        [InputRequired(_l("Choose at least one caregiver of this bubble."))],
        coerce=int,
    )
    is_bookable = BooleanField(_l("Patients may book it online"), default=True)
    notice = SelectField(_l("Book at the latest"), coerce=int, default=60)
    horizon = SelectField(_l("Book at the earliest"), coerce=int, default=90)

    def __init__(self, caregivers: Sequence[Any], **given: Any) -> None:
        """Offer the caregivers of the bubble."""
        super().__init__(**given)
        self.mode.choices = [(mode, mode_words(mode)) for mode in ConsultationMode]
        self.caregivers.choices = [(user.id, user.display_name) for user in caregivers]
        self.notice.choices = [(minutes, _notice(minutes)) for minutes in NOTICES]
        self.horizon.choices = [(days, _("%(num)d days before", num=days)) for days in HORIZONS]

    def validate_price(self, field: StringField) -> None:
        """Take euros, with or without cents."""
        if field.data and not _PRICE.fullmatch(field.data):
            raise ValidationError(_("Write a price in euros, for example 70 or 38,50."))

    @property
    def price_cents(self) -> int | None:
        """Return the price, if there is one."""
        found = _PRICE.fullmatch(self.price.data or "")
        if not found:
            return None
        return int(found.group(1)) * 100 + int((found.group(2) or "0").ljust(2, "0"))


def _notice(minutes: int) -> str:
    if minutes == 0:
        return str(_("up to the last minute"))
    hours = minutes // 60
    if hours < 48:  # noqa: PLR2004  (then people count in days)
        return str(_("%(num)d h before", num=hours))
    return str(_("%(num)d days before", num=hours // 24))
