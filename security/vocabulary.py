"""The words of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _


class SecondStep(StrEnum):
    """How a person proves for the second time that it is them."""

    EMAIL = "email"
    BACKUP = "backup"
    APP = "app"
    SMS = "sms"
    """On a proved telephone, for a forgotten password only: signing in has better."""
    VOUCHED = "vouched"
    """A code made by an administrator who checked who it is; it opens after a day."""
    PASSKEY = "passkey"


@dataclass(frozen=True)
class SecondSteps:
    """What a person has set up beside their mailbox."""

    backup_codes: int
    """Those that still work."""
    has_app: bool
    passkeys: int
    last: Mapping[SecondStep, int]
    """The latest session that each way opened."""

    @property
    def strong(self) -> int:
        """Return how many do not pass through a mailbox."""
        return self.has_app + self.passkeys

    def listed(self, *, strong_only: bool) -> list[SecondStep]:
        """Return what can be chosen at sign-in; ``strong_only`` leaves the mailbox out."""
        there = {
            SecondStep.EMAIL: not strong_only,
            SecondStep.BACKUP: self.backup_codes,
            SecondStep.APP: self.has_app,
            SecondStep.PASSKEY: self.passkeys,
        }
        return [step for step, is_there in there.items() if is_there]

    def usual(self, *, strong_only: bool) -> SecondStep:
        """Return how the second step is taken: as last time, else the safest that is set up."""
        steps = self.listed(strong_only=strong_only)
        ways = [step for step in steps if step is not SecondStep.BACKUP]
        tried = [way for way in ways if way in self.last]
        if tried:
            return max(tried, key=self.last.__getitem__)
        return (ways or steps or [SecondStep.EMAIL])[-1]


class CodePurpose(StrEnum):
    """What a one-time code opens; a code for one purpose never serves another."""

    SIGN_IN = "sign_in"
    SIGN_UP = "sign_up"
    RESET = "reset"
    OLD_ADDRESS = "old_address"
    NEW_ADDRESS = "new_address"
    PHONE = "phone"
    PASSWORD = "password"  # noqa: S105  (a word, not a password)


class CodeChannel(StrEnum):
    """How a one-time code reaches its person."""

    MAIL = "mail"
    SMS = "sms"
    CALL = "call"


class LinkPurpose(StrEnum):
    """What a mailed link does; a link for one purpose never serves another."""

    NOT_ME = "not_me"
    RESET = "reset"
    HOST_RESET = "host_reset"
    PROVE_ADDRESS = "prove_address"


class IdentityCheck(StrEnum):
    """How an administrator made sure of who asked for help."""

    FACE_TO_FACE = "face_to_face"
    KNOWN_VOICE = "known_voice"
    CALLED_BACK = "called_back"
    PAPERS = "papers"


class CodeCheck(StrEnum):
    """What became of a code that somebody typed.

    Returned, never raised: a failure must be remembered.
    """

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    REPLACED = "replaced"
    """Right once: a newer one was sent since."""
    USED = "used"
    LOCKED = "locked"
    DRIFTED = "drifted"
    """Right, but not for this moment: the phone's clock is off."""
    WAITS = "waits"
    """Right, and it opens only after a day."""
    CLONED = "cloned"
    """A passkey whose counter went back: somebody has a copy of it."""


class AccountChange(StrEnum):
    """What people are told of by e-mail when it changes."""

    PASSWORD = "password"  # noqa: S105  (a word, not a password)
    BACKUP_CODES = "backup_codes"
    APP_ENABLED = "app_enabled"
    APP_DISABLED = "app_disabled"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    EMAIL = "email"
    PHONE = "phone"
    SECURED = "disowned"
    ADMIN_HELP = "admin_help"
    HOST_HELP = "host_help"
    PASSWORD_DISABLED = "password_disabled"  # noqa: S105  (a word, not a password)


class SecurityEventKind(StrEnum):
    """What a person's own journal tells of their account."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  (a word, not a password)
    WRONG_CODE = "wrong_code"
    CHANGED = "changed"


class Consent(StrEnum):
    """What a person agreed to, or was told and acknowledged."""

    TERMS = "terms"
    DATA_INFORMATION = "data_information"


class PasskeyUse(StrEnum):
    """What a passkey is asked for; the challenge of one use never serves another."""

    REGISTER = "register"
    SECOND_STEP = "second_step"
    RESET = "reset"
    SIGN_IN = "sign_in"


def device_words(device: str) -> str:
    """Say a device as its owner would: « Ordinateur Windows, Firefox »."""
    kind, system, browser = [*device.split(" "), "-", "-", "-"][:3]
    kinds = {"computer": _("Computer"), "phone": _("Phone"), "tablet": _("Tablet")}
    shown = [kinds.get(kind, _("Device"))] + ([system] if system != "-" else [])
    return ", ".join([" ".join(shown), *([browser] if browser != "-" else [])])


@dataclass(frozen=True)
class AwaitedPerson:
    """Whom a page was meant for that somebody comes from to make an account."""

    email: str
    given_name: str = ""
    family_name: str = ""
    then: tuple[str, ...] = ()
    """The steps that follow there, in words."""
