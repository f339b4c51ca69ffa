"""What taking an hour may refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError


class HoldEndedError(ConflictError):
    """The hour was given up, or went to somebody else, before it was confirmed."""

    code = "hold_ended"
    message = _l("This hour is no longer kept for you. Please choose another one.")


class HoldExtendedError(ConflictError):
    """More time was already given once."""

    code = "hold_extended"
    message = _l("You have already had more time. Please confirm, or choose again later.")


class UnansweredError(ConflictError):
    """A question of the consultation type must be answered before the hour is kept or promised."""

    code = "unanswered"
    message = _l("A question has no answer yet. Please answer it before confirming.")
