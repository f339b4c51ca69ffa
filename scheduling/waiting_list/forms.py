"""Which earlier hour somebody would like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import Optional, ValidationError

from core.fields import DayField
from core.forms import Form

ANYBODY = "tous"


class WishForm(Form):
    """With whom, between which days."""

    avec = RadioField(_l("With whom?"))
    du = DayField(_l("Not before"), [Optional()])
    au = DayField(_l("Not after"), [Optional()])

    def offer(self, caregivers: Sequence[tuple[str, str]], *, chosen: str) -> None:
        """Say with whom one can wait."""
        self.avec.choices = [
            *caregivers,
            *([(ANYBODY, _("With any of them"))] if len(caregivers) > 1 else []),
        ]
        if not self.avec.data:
            self.avec.data = chosen

    def validate_au(self, field: DayField) -> None:
        """Judge the two days together."""
        first: date | None = self.du.data
        if field.data and first and field.data < first:
            raise ValidationError(_("The last day comes before the first one."))
