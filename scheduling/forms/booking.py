"""The questions of a booking."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import InputRequired

from core import tokens
from core.forms import Form


class ChoiceForm(Form):
    """A question that an address answers: nothing is written, so nothing can be forged."""

    class Meta:
        csrf = False


class CaregiverForm(ChoiceForm):
    """With whom: one of the patient's care team."""

    avec = RadioField(
        _l("Who would you like to see?"),
        [InputRequired(_l("Choose the person you would like to see."))],
    )


class KindForm(ChoiceForm):
    """For what: one of the consultation types of that caregiver."""

    type = RadioField(
        _l("What kind of appointment?"),
        [InputRequired(_l("Choose a kind of appointment."))],
    )


class TimeForm(Form):
    """When: one of the free hours, as an instant."""

    avec = HiddenField()
    type = HiddenField()
    heure = StringField(validators=[InputRequired(_l("Choose an hour."))])
    cle = HiddenField(default=tokens.new_token)
