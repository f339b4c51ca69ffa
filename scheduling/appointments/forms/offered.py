"""What somebody answers about hours that are offered to them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from core.fields import InstantField, YesNoField
from core.forms import Form


class HourForm(Form):
    """One of the hours that buttons name."""

    heure = InstantField(validators=[DataRequired(_l("Choose an hour."))])


class AnswerForm(Form):
    """Whether the one hour that is offered is taken."""

    reponse = YesNoField()
