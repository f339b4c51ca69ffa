"""What people type about their account, and how a refusal is worded."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import Field, HiddenField, PasswordField, RadioField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from core.forms import Form
from security import passwords
from security.addresses import fold_email
from security.passwords import PasswordRule
from security.vocabulary import CodeCheck, SecondStep

WRONG_PASSWORD = _l("This is not your current password.")
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


def clean(text: str | None) -> str | None:
    """Put single spaces between words, none around them."""
    return " ".join(text.split()) if text else text


def printable(_form: Form, field: Field) -> None:
    """Refuse signs that no keyboard types and no database keeps."""
    if field.data and not field.data.isprintable():
        raise ValidationError(_l("Some characters cannot be used here."))


def strong(form: Form, field: Field) -> None:
    """Refuse a weak password, and say which rule is missing."""
    broken = passwords.broken_rules(field.data or "", form.context_words())
    if broken:
        raise ValidationError(missing_words(broken))


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


class SignInForm(Form):
    """First page: who, and the password."""

    email = EmailField(_l("E-mail address"), [InputRequired(_l("Write your e-mail address."))])
    password = PasswordField(
        _l("Password"),
        [
            InputRequired(_l("Write your password.")),
            Length(max=passwords.LONGEST, message=_l("256 characters at most, please.")),
        ],
    )
    suite = HiddenField()


class ChooseStepForm(Form):
    """Second page: which way to get a code."""

    step = RadioField(coerce=SecondStep)

    def __init__(self, steps: list[SecondStep]) -> None:
        """Offer only what this person has set up."""
        super().__init__()
        self.step.choices = [(one.value, one.value) for one in steps]


class CodeForm(Form):
    """Third page: the code."""

    code = StringField(_l("6-digit code"))


class NewPasswordForm(Form):
    """Whatever sets a password knows what it must not contain."""

    product = ""

    def context_words(self) -> list[str]:
        """Return what others could guess of this person."""
        return [self.product]


class SignUpForm(NewPasswordForm):
    """A new account."""

    given_name = StringField(
        _l("First name"),
        [
            DataRequired(_l("Write your first name.")),
            Length(max=LONGEST_NAME, message=_l("58 characters at most, please.")),
            printable,
        ],
        filters=[clean],
    )
    family_name = StringField(
        _l("Family name"),
        [
            DataRequired(_l("Write your family name.")),
            Length(max=LONGEST_NAME, message=_l("58 characters at most, please.")),
            printable,
        ],
        filters=[clean],
    )
    email = EmailField(_l("E-mail address"), [InputRequired(_l("Write your e-mail address."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Choose a password.")), strong])
    suite = HiddenField()

    @property
    def display_name(self) -> str:
        """Return how others will see this person."""
        return f"{self.given_name.data} {self.family_name.data}"

    def context_words(self) -> list[str]:
        """Return the product, the address before its @, and the names."""
        typed = [self.given_name.data or "", self.family_name.data or ""]
        return [self.product, (self.email.data or "").partition("@")[0], *typed]


class ChangePasswordForm(NewPasswordForm):
    """Current and new."""

    current = PasswordField(
        _l("Current password"),
        [
            InputRequired(_l("Write your current password.")),
            Length(max=passwords.LONGEST, message=_l("256 characters at most, please.")),
        ],
    )
    new = PasswordField(_l("New password"), [InputRequired(_l("Choose a password.")), strong])
    personal = ("", "")

    def context_words(self) -> list[str]:
        """Return the product, and the person's address and name."""
        email, name = self.personal
        return [self.product, email.partition("@")[0], name]


class ConfirmForm(Form):
    """The current password, once more, before a factor changes."""

    password = PasswordField(
        _l("Your current password"),
        [
            InputRequired(_l("Write your current password.")),
            Length(max=passwords.LONGEST, message=_l("256 characters at most, please.")),
        ],
    )


class AuthenticatorForm(ConfirmForm):
    """The first code of an application."""

    code = StringField(
        _l("Code shown in the app"), [InputRequired(_l("Write the code shown in the app."))]
    )


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
}
USED_CODES: dict[SecondStep, Any] = {
    SecondStep.EMAIL: _l("This code has already been used. Ask for a new one."),
    SecondStep.APP: _l(
        "This code has already been used. Wait for the next one: 30 seconds at most."
    ),
    SecondStep.BACKUP: _l("This backup code has already been used. Cross it out and try another."),
}
DRIFTED = _l(
    "This code is not for this moment. Check the time of your phone: it must be set automatically."
)
SHAPELESS: dict[SecondStep, Any] = {
    SecondStep.EMAIL: _l("The code has 6 digits, like 481 027."),
    SecondStep.APP: _l("The code has 6 digits, like 481 027."),
    SecondStep.BACKUP: _l("A backup code has 8 letters and digits, like 7K4M-29QX."),
}


def refusal_words(check: CodeCheck, step: SecondStep, tries_left: int) -> str:
    """Say what was wrong with a code, and how many tries are left."""
    said = {
        CodeCheck.WRONG: WRONG_CODES[step],
        CodeCheck.USED: USED_CODES[step],
        CodeCheck.DRIFTED: DRIFTED,
        CodeCheck.EXPIRED: _l("This code has expired. Ask for a new one."),
    }[check]
    left = ngettext("You have %(num)d try left.", "You have %(num)d tries left.", tries_left)
    return f"{said} {left}"
