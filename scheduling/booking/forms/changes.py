"""Cancelling, moving, waiting: what a patient says of an appointment that stands."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import Length

from core.forms import Form


class CancelForm(Form):
    """Why, for who wants to say it; read behind the sign-in only."""

    reason = TextAreaField(
        _l("Reason"),
        [Length(max=500, message=_l("500 letters at most."))],
    )
