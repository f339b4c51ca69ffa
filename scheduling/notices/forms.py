"""How somebody wants to be reminded; what they do from a reminder."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from core.forms import Form
from scheduling.appointments.forms.offered import HourForm


class RemindersForm(Form):
    """Two ways, either, both or none."""

    by_email = BooleanField(_l("By e-mail"))
    by_sms = BooleanField(_l("By text message, on the last day"))


class MessageLinkForm(HourForm):
    """What the page behind a link sends; no session says whose it is, ``preuve`` does."""

    class Meta:
        csrf = False

    preuve = HiddenField()
