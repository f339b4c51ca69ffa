"""What people type about the safety of their account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import DataRequired, InputRequired, Length

from core.forms import Form
from core.zones import zone_choices
from security import passwords
from security.forms.fields import CredentialField, NewPasswordForm, PhoneField, printable, strong


class PhoneForm(Form):
    """The number that is to be the account's."""

    phone = PhoneField(_l("Phone number"), [InputRequired(_l("Write your phone number."))])


class PreferencesForm(Form):
    """How the site speaks to somebody."""

    locale = SelectField(  # type: ignore[call-arg]  # newer than its types
        _l("Language"),
        choices=[SelectChoice("fr", "Français"), SelectChoice("en", "English")],
        invalid_choice_message=_l("Choose a language of the list."),
    )
    time_zone = SelectField(  # type: ignore[call-arg]  # newer than its types
        _l("Time zone"),
        choices=zone_choices,
        invalid_choice_message=_l("Choose a time zone of the list."),
    )


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


class StepUpForm(Form):
    """The current password, between a page and what it is about to do."""

    step_up_password = PasswordField(
        _l("Your current password"),
        [
            InputRequired(_l("Write your current password.")),
            Length(max=passwords.LONGEST, message=_l("256 characters at most, please.")),
        ],
    )
    step_up_target = HiddenField()
    step_up_again = HiddenField()


class AuthenticatorForm(ConfirmForm):
    """The first code of an application."""

    code = StringField(
        _l("Code shown in the app"), [InputRequired(_l("Write the code shown in the app."))]
    )


class PasskeyForm(Form):
    """What a person calls one of their passkeys."""

    name = StringField(
        _l("Name of this passkey"),
        [
            DataRequired(_l("Give it a name, like “My phone”.")),
            Length(max=60, message=_l("60 characters at most, please.")),
            printable,
        ],
    )


class NewPasskeyForm(PasskeyForm):
    """A passkey that was just made, with its name."""

    credential = CredentialField()
