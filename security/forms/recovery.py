"""What people type when they lost a way in, or move to another address."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired

from core.forms import Form
from security.forms.fields import EmailField, NewPasswordForm, strong
from security.vocabulary import IdentityCheck


class ForgottenForm(Form):
    """Whose password was forgotten."""

    email = EmailField(_l("E-mail address"), [InputRequired(_l("Write your e-mail address."))])


class ResetPasswordForm(NewPasswordForm):
    """A new password, in the place of one that was forgotten."""

    new = PasswordField(_l("New password"), [InputRequired(_l("Choose a password.")), strong])
    personal = ("", "")

    def context_words(self) -> list[str]:
        """Return the product, and the person's address and name."""
        email, name = self.personal
        return [self.product, email.partition("@")[0], name]


class VouchForm(Form):
    """How an administrator made sure of who asks for help."""

    how = RadioField(
        _l("How did you make sure of who it is?"),
        [InputRequired(_l("Say how you made sure."))],
        choices=[
            SelectChoice(IdentityCheck.FACE_TO_FACE.value, _l("We are face to face")),
            SelectChoice(
                IdentityCheck.KNOWN_VOICE.value, _l("I know their voice on the telephone")
            ),
            SelectChoice(
                IdentityCheck.CALLED_BACK.value, _l("I called them back on the number I know")
            ),
            SelectChoice(IdentityCheck.PAPERS.value, _l("They showed an identity document")),
        ],
    )
    checked = BooleanField(
        _l("I have checked their identity myself"),
        [InputRequired(_l("Check who it is first, then tick this box."))],
    )


class NewEmailForm(Form):
    """The address that an account is to move to."""

    email = EmailField(_l("New e-mail address"), [InputRequired(_l("Write your new address."))])


class BothAddressesForm(Form):
    """A code from each of the two mailboxes."""

    old_code = StringField(
        _l("Code received at the present address"), [InputRequired(_l("Write this code."))]
    )
    new_code = StringField(
        _l("Code received at the new address"), [InputRequired(_l("Write this code."))]
    )
