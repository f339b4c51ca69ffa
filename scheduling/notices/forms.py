"""How somebody wants to be reminded."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from core.forms import Form


class RemindersForm(Form):
    """Two ways, either, both or none."""

    by_email = BooleanField(_l("By e-mail"))
    by_sms = BooleanField(_l("By text message, on the last day"))
