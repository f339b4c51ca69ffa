"""The words of accounts."""

from __future__ import annotations

from enum import StrEnum


class SecondStep(StrEnum):
    """How a person proves for the second time that it is them."""

    EMAIL = "email"
    BACKUP = "backup"
    APP = "app"


class CodePurpose(StrEnum):
    """What an e-mailed code opens; a code for one purpose never serves another."""

    SIGN_IN = "sign_in"
    SIGN_UP = "sign_up"


class CodeCheck(StrEnum):
    """What became of a code that somebody typed.

    Returned, never raised: a failure must be remembered.
    """

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used"
    LOCKED = "locked"
    DRIFTED = "drifted"
    """Right, but not for this moment: the phone's clock is off."""


class AccountChange(StrEnum):
    """What people are told of by e-mail when it changes."""

    PASSWORD = "password"  # noqa: S105  (a word, not a password)
    BACKUP_CODES = "backup_codes"
    APP_ENABLED = "app_enabled"
    APP_DISABLED = "app_disabled"
