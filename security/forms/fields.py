"""Fields that several forms share, and what makes them wrong."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, StringField, ValidationError

from core.forms import Form
from core.web import safe_next
from security import passkeys, passwords
from security.addresses import fold_email
from security.passwords import PasswordRule
from security.phones import PhoneError, PhoneFault, read_phone

LONGEST_NAME = 58
"""Of either name: together with a space they fit the display name."""


MISSING_WORDS: dict[PasswordRule, Any] = {
    PasswordRule.UPPER: _l("a capital letter is missing"),
    PasswordRule.LOWER: _l("small letters are missing"),
    PasswordRule.COMMON: _l("it is among the passwords that everybody uses"),
    PasswordRule.DIGIT: _l("a digit is missing"),
    PasswordRule.PERSONAL: _l("it contains your name, your address or the name of the site"),
}


def missing_words(broken: list[PasswordRule]) -> str:
    """Say what is wrong with a password, in one sentence."""
    if PasswordRule.LONGEST in broken:
        return str(_l("256 characters at most, please."))
    said = [
        str(_l("it needs %(count)s characters or more", count=passwords.shortest()))
        if rule is PasswordRule.LENGTH
        else str(MISSING_WORDS[rule])
        for rule in broken
    ]
    return str(_l("This password is not strong enough: %(reasons)s.", reasons=", ".join(said)))


def printable(_form: Form, field: Field) -> None:
    """Refuse signs that no keyboard types and no database keeps."""
    if field.data and not field.data.isprintable():
        raise ValidationError(_l("Some characters cannot be used here."))


def strong(form: Form, field: Field) -> None:
    """Refuse a weak password, and say which rule is missing."""
    broken = passwords.broken_rules(field.data or "", form.context_words())
    if broken:
        raise ValidationError(missing_words(broken))


PHONE_FAULTS: dict[PhoneFault, Any] = {
    PhoneFault.SHAPE: _l("Write a whole phone number, like 06 12 34 56 78 or +32 470 12 34 56."),
    PhoneFault.SPECIAL: _l(
        "This is the number of a service. Write the number of a phone that you answer yourself."
    ),
}


class PhoneField(StringField):
    """A telephone number in any way of writing it; ``number`` is how it is kept."""

    number = ""

    def pre_validate(self, form: Any) -> None:
        """Read, and say so when nobody could be called there."""
        try:
            self.number = read_phone(self.data or "")
        except PhoneError as error:
            raise ValidationError(PHONE_FAULTS[error.fault]) from None


class IdentifierField(StringField):
    """What a person signs in with: an address or a telephone; ``folded`` is what is looked for."""

    folded = ""

    def pre_validate(self, form: Any) -> None:
        """Fold, and say so when it is neither."""
        typed = self.data or ""
        try:
            self.folded = fold_email(typed) if "@" in typed else read_phone(typed)
        except ValueError:
            raise ValidationError(
                _l(
                    "Write your e-mail address, like prenom.nom@example.org, or your phone number,"
                    " like 06 12 34 56 78."
                )
            ) from None


class EmailField(StringField):
    """An address, kept as typed; ``folded`` is what is looked for."""

    folded = ""

    def pre_validate(self, form: Any) -> None:
        """Fold, and say so when this is no address."""
        try:
            self.folded = fold_email(self.data or "")
        except ValueError:
            raise ValidationError(
                _l("Write a whole e-mail address, like prenom.nom@example.org.")
            ) from None


class SuiteField(HiddenField):
    """To which page of ours somebody was on their way: the form says it, else its address."""

    data: str | None

    def __init__(self, **given: Any) -> None:
        """Read the address where the form says nothing."""
        super().__init__(default=_suite_of_address, filters=[safe_next], **given)


def _suite_of_address() -> str:
    return request.args.get("suite", "")


class CredentialField(Field):
    """What a passkey answered, as a script of ours wrote it down; nothing for anything else."""

    data: passkeys.Answer | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the answer."""
        self.data = passkeys.read(valuelist[0]) if valuelist else None


class SuiteForm(Form):
    """A page on the way to another one."""

    suite = SuiteField()


class PasskeyAnswerForm(SuiteForm):
    """A passkey's answer, in the place of a password or of a code."""

    credential = CredentialField()


class NewPasswordForm(Form):
    """Whatever sets a password knows what it must not contain."""

    product = ""

    def context_words(self) -> list[str]:
        """Return what others could guess of this person."""
        return [self.product]
