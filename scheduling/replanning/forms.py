"""What is decided of an appointment that an absence hits, and of a call to make."""

from __future__ import annotations

from wtforms import HiddenField

from core import reading
from core.fields import InstantField, YesNoField
from core.forms import Form


class ColleagueHourField(InstantField):
    """A colleague and an hour of theirs, in one button: « 12|2026-11-24T09:00+00:00 »."""

    colleague_id = 0

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read whose hour, then which."""
        typed, _bar, hour = (valuelist[0] if valuelist else "").partition("|")
        self.colleague_id = reading.row_id(typed)
        super().process_formdata([hour])


class SettleForm(Form):
    """One decision, with the hour that it needs."""

    choix = HiddenField()
    collegue = ColleagueHourField()
    heure = InstantField()


class CallForm(Form):
    """Whether a patient was called, or is to be called after all."""

    fait = YesNoField(default=True)
