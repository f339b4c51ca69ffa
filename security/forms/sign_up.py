"""What people type to have an account."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from core.fields import one_name_at_least, says_a_name_or_nothing
from core.forms import Form
from security.forms.fields import (
    LONGEST_NAME,
    EmailField,
    NewPasswordForm,
    SuiteField,
    printable,
    strong,
)


class SignUpNameForm(Form):
    """First page of a new account: how others will call this person."""

    given_name = StringField(
        _l("First name"),
        [
            says_a_name_or_nothing,
            Length(max=LONGEST_NAME, message=_l("58 characters at most, please.")),
            printable,
        ],
    )
    family_name = StringField(
        _l("Family name"),
        [
            says_a_name_or_nothing,
            Length(max=LONGEST_NAME, message=_l("58 characters at most, please.")),
            printable,
        ],
    )
    email = HiddenField()
    """What an invitation suggests for the next page."""
    suite = SuiteField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for one name at least: many people have only one."""
        is_valid = super().validate(extra_validators)
        words = _("Write your name: if you have only one, write it in either box.")
        return one_name_at_least(self.given_name, self.family_name, words) and is_valid


class SignUpAddressForm(Form):
    """Second page: where codes go."""

    email = EmailField(_l("E-mail address"), [InputRequired(_l("Write your e-mail address."))])
    remember = BooleanField(_l("Remember my identifier"))


class SignUpPasswordForm(NewPasswordForm):
    """Third page; ``personal`` is what was answered before."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Choose a password.")), strong])
    personal: tuple[str, ...] = ()

    def context_words(self) -> list[str]:
        """Return the product, the address before its @, and the names."""
        return [self.product, *self.personal]


class TermsForm(Form):
    """Fourth page: nothing is created without it."""

    terms = BooleanField(
        _l("I accept the terms of use"),
        [InputRequired(_l("To create your account, accept the terms of use."))],
    )
