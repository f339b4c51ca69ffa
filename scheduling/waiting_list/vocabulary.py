"""The words of the waiting list."""

from __future__ import annotations

from enum import StrEnum


class OfferAnswer(StrEnum):
    """What became of an hour offered from the waiting list."""

    TAKEN = "taken"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
