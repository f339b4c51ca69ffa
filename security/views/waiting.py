"""How a brake is told on the page where it was reached."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from core.errors import TooManyCodesError, TooManyRequestsError

MINUTE = 60


def too_many_words(error: TooManyRequestsError) -> str:
    """Say what there was too much of, and how long to wait."""
    if error.retry_after <= 2 * MINUTE:
        wait = ngettext("%(num)d second", "%(num)d seconds", error.retry_after)
    else:
        minutes = -(-error.retry_after // MINUTE)
        wait = ngettext("%(num)d minute", "%(num)d minutes", minutes)
    if isinstance(error, TooManyCodesError):
        return str(_("Too many codes were asked for. Try again in %(wait)s.", wait=wait))
    return str(_("Too many tries, for your safety. Try again in %(wait)s.", wait=wait))
