"""Which earlier hour somebody would like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField
from wtforms.validators import Optional, ValidationError

from core.forms import Form

ANYBODY = "tous"


class _DayField(DateField):
    """A day, refused in our own words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write a date, for example 24/11/2026.")) from error


class WishForm(Form):
    """With whom, between which days."""

    avec = RadioField(_l("With whom?"))
    du = _DayField(_l("Not before"), [Optional()], format=["%Y-%m-%d", "%d/%m/%Y"])
    au = _DayField(_l("Not after"), [Optional()], format=["%Y-%m-%d", "%d/%m/%Y"])

    def offer(self, caregivers: Sequence[tuple[str, str]], *, chosen: str) -> None:
        """Say with whom one can wait."""
        self.avec.choices = [
            *caregivers,
            *([(ANYBODY, _("With any of them"))] if len(caregivers) > 1 else []),
        ]
        if not self.avec.data:
            self.avec.data = chosen

    def validate_au(self, field: Any) -> None:
        """Judge the two days together."""
        first: date | None = self.du.data
        if field.data and first and field.data < first:
            raise ValidationError(_("The last day comes before the first one."))
