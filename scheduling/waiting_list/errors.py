"""What the waiting list may refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError, DomainError


class OfferEndedError(ConflictError):
    """The hour was kept for somebody for a while, and the while is over."""

    code = "offer_ended"
    message = _l("This hour is no longer kept for you. You stay on the waiting list.")


class WrongWishError(DomainError):
    """Dates between which no day lies."""

    code = "wrong_wish"
    message = _l("The last day comes before the first one, or is over already.")
