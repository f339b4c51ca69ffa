"""The words of the professional face."""

from __future__ import annotations

from enum import StrEnum


class DocumentType(StrEnum):
    """The administrative documents that a bubble asks of a caregiver."""

    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    DRIVING_LICENCE = "driving_licence"
    LIABILITY_INSURANCE = "liability_insurance"
    BANK_DETAILS = "bank_details"
    DIPLOMA = "diploma"
    OTHER = "other"
