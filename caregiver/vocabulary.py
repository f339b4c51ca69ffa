"""The words of the professional face."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class DocumentType(StrEnum):
    """The administrative documents that a bubble asks of a caregiver."""

    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    DRIVING_LICENCE = "driving_licence"
    LIABILITY_INSURANCE = "liability_insurance"
    BANK_DETAILS = "bank_details"
    DIPLOMA = "diploma"
    OTHER = "other"


class Verdict(StrEnum):
    """What an administrator said of one version of a paper."""

    VERIFIED = "verified"
    TO_REPLACE = "to_replace"


class Standing(StrEnum):
    """Where a paper stands with one bubble, the most pressing first."""

    TO_REPLACE = "to_replace"
    EXPIRED = "expired"
    TO_VERIFY = "to_verify"
    EXPIRES_SOON = "expires_soon"
    VERIFIED = "verified"


class LineKind(StrEnum):
    """The lists that a professional face is made of."""

    CAREER = "career"
    DIPLOMA = "diploma"
    FEE = "fee"


class FeeSector(StrEnum):
    """How somebody's fees relate to those of the health insurance."""

    SECTOR_1 = "sector_1"
    SECTOR_2_OPTAM = "sector_2_optam"
    SECTOR_2 = "sector_2"
    NOT_REIMBURSED = "not_reimbursed"


class PaymentMethod(StrEnum):
    """How one may pay."""

    CARD = "card"
    CHEQUE = "cheque"
    CASH = "cash"
    TRANSFER = "transfer"
    VITALE = "vitale"
    NO_ADVANCE = "no_advance"
    """« Tiers payant »: the insurance pays the caregiver."""


TYPE_WORDS: dict[DocumentType, LazyString] = {
    DocumentType.IDENTITY_CARD: _l("Identity card"),
    DocumentType.PASSPORT: _l("Passport"),
    DocumentType.DRIVING_LICENCE: _l("Driving licence"),
    DocumentType.LIABILITY_INSURANCE: _l("Professional liability insurance (RCP)"),
    DocumentType.BANK_DETAILS: _l("Bank details (RIB)"),
    DocumentType.DIPLOMA: _l("Diploma"),
    DocumentType.OTHER: _l("Other"),
}
"""In full, for who adds one."""

SHORT_TYPE_WORDS: dict[DocumentType, LazyString] = {
    **TYPE_WORDS,
    DocumentType.DRIVING_LICENCE: _l("Licence"),
    DocumentType.LIABILITY_INSURANCE: _l("Insurance (RCP)"),
    DocumentType.BANK_DETAILS: _l("RIB"),
}
"""At the head of a column."""

SECTOR_WORDS: dict[FeeSector, LazyString] = {
    FeeSector.SECTOR_1: _l("Sector 1: the base fees of the health insurance"),
    FeeSector.SECTOR_2_OPTAM: _l("Sector 2 with OPTAM: fees a little above the base"),
    FeeSector.SECTOR_2: _l("Sector 2: free fees"),
    FeeSector.NOT_REIMBURSED: _l("Not reimbursed by the health insurance"),
}

PAYMENT_WORDS: dict[PaymentMethod, LazyString] = {
    PaymentMethod.CARD: _l("Bank card"),
    PaymentMethod.CHEQUE: _l("Cheque"),
    PaymentMethod.CASH: _l("Cash"),
    PaymentMethod.TRANSFER: _l("Bank transfer"),
    PaymentMethod.VITALE: _l("Vitale card accepted"),
    PaymentMethod.NO_ADVANCE: _l("Nothing to advance (tiers payant)"),
}
