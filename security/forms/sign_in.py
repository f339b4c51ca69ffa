"""What people type to sign in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from core.forms import Form
from security import passwords
from security.forms.fields import IdentifierField, SuiteField
from security.vocabulary import SecondStep


class SignInForm(Form):
    """First page: who, and the password."""

    email = IdentifierField(
        _l("E-mail address or phone"),
        [InputRequired(_l("Write your e-mail address or your phone number."))],
    )
    password = PasswordField(
        _l("Password"),
        [
            InputRequired(_l("Write your password.")),
            Length(max=passwords.LONGEST, message=_l("256 characters at most, please.")),
        ],
    )
    remember = BooleanField(_l("Remember my identifier"))
    suite = SuiteField()


class ChooseStepForm(Form):
    """Second page: which way to get a code."""

    step = RadioField(coerce=SecondStep)

    def __init__(self, steps: list[SecondStep]) -> None:
        """Offer only what this person has set up."""
        super().__init__()
        self.step.choices = [(step.value, step.value) for step in steps]


class CodeForm(Form):
    """Third page: the code."""

    code = StringField(_l("6-digit code"))
