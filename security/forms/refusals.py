"""How the refusal of a password or a code is worded."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from security.vocabulary import CodeCheck, SecondStep

WRONG_PASSWORD = _l("This is not your current password.")


WRONG_CODES: dict[SecondStep, Any] = {
    SecondStep.EMAIL: _l(
        "This code is not the right one. Check that you are copying the latest e-mail."
    ),
    SecondStep.APP: _l(
        "This code is not the right one. Copy the one that your app shows right now."
    ),
    SecondStep.BACKUP: _l(
        "This code is not the right one. Check that it belongs to your latest list."
    ),
    SecondStep.VOUCHED: _l(
        "This code is not the right one, or its 10 minutes are over. Ask for another if need be."
    ),
    SecondStep.SMS: _l("This code is not the right one. Check the latest message or call."),
    SecondStep.PASSKEY: _l(
        "This passkey was not accepted. Try again, or choose another way to sign in."
    ),
}


USED_CODES: dict[SecondStep, Any] = {
    SecondStep.EMAIL: _l("This code has already been used. Ask for a new one."),
    SecondStep.APP: _l(
        "This code has already been used. Wait for the next one: 30 seconds at most."
    ),
    SecondStep.BACKUP: _l("This backup code has already been used. Cross it out and try another."),
    SecondStep.VOUCHED: _l("This code has already been used. Ask your administrator for another."),
    SecondStep.SMS: _l("This code has already been used. Ask for a new one."),
    SecondStep.PASSKEY: _l("This answer has already been used. Try again."),
}


DRIFTED = _l(
    "This code is not for this moment. Check the time of your phone: it must be set automatically."
)


EXPIRED = {
    False: _l("This code has expired. Ask for a new one."),
    True: _l("That took too long. Try again."),
}


CLONED = _l(
    "This passkey was refused: it seems to have been copied. Sign in another way, then remove it"
    " from your security settings."
)


SHAPELESS: dict[SecondStep, Any] = {
    SecondStep.EMAIL: _l("The code has 6 digits, like 481 027."),
    SecondStep.APP: _l("The code has 6 digits, like 481 027."),
    SecondStep.SMS: _l("The code has 6 digits, like 481 027."),
    SecondStep.VOUCHED: _l("This code has 8 letters and digits, like 7K4M-29QX."),
    SecondStep.BACKUP: _l("A backup code has 8 letters and digits, like 7K4M-29QX."),
}


def refusal_words(check: CodeCheck, step: SecondStep, tries_left: int) -> str:
    """Say what was wrong with a code, and how many tries are left."""
    said = {
        CodeCheck.WRONG: WRONG_CODES[step],
        CodeCheck.USED: USED_CODES[step],
        CodeCheck.DRIFTED: DRIFTED,
        CodeCheck.EXPIRED: EXPIRED[step is SecondStep.PASSKEY],
        CodeCheck.REPLACED: _l("A newer code was sent since. Copy the one of the latest message."),
        CodeCheck.CLONED: CLONED,
    }[check]
    left = ngettext("You have %(num)d try left.", "You have %(num)d tries left.", tries_left)
    return f"{said} {left}"
