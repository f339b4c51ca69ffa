"""What somebody says of a first step."""

from __future__ import annotations

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types

from core.forms import Form
from home.vocabulary import StepAnswer


class StepForm(Form):
    """That it is read, or passed over."""

    answer = RadioField(coerce=StepAnswer, choices=[SelectChoice(said) for said in StepAnswer])
