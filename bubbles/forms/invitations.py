"""Who is invited, as what, with which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Length

from bubbles.forms.bubbles import fold_address
from bubbles.forms.pasted import LONGEST_NAME
from bubbles.forms.pasted_names import Name, split_name
from bubbles.vocabulary import InvitedAs, Invitee
from core import wording
from core.fields import (
    BirthDateField,
    KeyField,
    YesNoField,
    one_name_at_least,
    says_a_name_or_nothing,
)
from core.forms import Form
from security.addresses import mask_email

if TYPE_CHECKING:
    from bubbles.models import Invitation
    from security.models import User

LONGEST_PASTE = 300_000


class OfferForm(Form):
    """What every invitation says, however it travels."""

    invited_as = RadioField(  # type: ignore[call-arg]  # newer than its types
        _l("Whom do you invite?"),
        [InputRequired(_l("Choose: a caregiver or a patient."))],
        choices=[
            SelectChoice(InvitedAs.CAREGIVER.value, _l("A caregiver")),
            SelectChoice(InvitedAs.PATIENT.value, _l("A patient")),
        ],
        default=InvitedAs.CAREGIVER.value,
        invalid_choice_message=_l("Choose: a caregiver or a patient."),
    )
    followers = SelectMultipleField(  # type: ignore[call-arg]  # newer than its types
        _l("Who will follow this patient?"),
        coerce=int,
        invalid_choice_message=_l("Choose among the caregivers of this bubble."),
    )
    nobody_yet = BooleanField(_l("Nobody for now"))
    key = KeyField()

    def offer(self, caregivers: list[User]) -> None:
        """Set whom a patient may be followed by."""
        people = ((user.id, user.display_name, mask_email(user.email)) for user in caregivers)
        self.followers.choices = [SelectChoice(*person) for person in wording.told_apart(people)]

    @property
    def is_for_patient(self) -> bool:
        """Say whether a patient is invited: a caregiver has fewer fields."""
        return bool(self.invited_as.data == InvitedAs.PATIENT.value)

    def validate(self, extra_validators: Any = None) -> bool:
        """Have it said who follows a patient, nobody included; of a caregiver nothing is kept."""
        if not self.is_for_patient:
            self.forget_what_is_for_patients()
        is_valid = super().validate(extra_validators)
        if not self.is_for_patient or self.followers.errors:
            return is_valid
        if bool(self.followers.data) is bool(self.nobody_yet.data):
            told = self.followers if self.followers.choices else self.nobody_yet
            told.errors = [
                _("You ticked caregivers, and “Nobody for now” as well: keep one of the two.")
                if self.nobody_yet.data
                else _("Tick who will follow this patient, or “Nobody for now”.")
            ]
            return False
        return is_valid

    def forget_what_is_for_patients(self) -> None:
        """Drop what another choice may have left behind."""
        self.followers.data, self.followers.raw_data = [], []
        self.nobody_yet.data = False


class PersonForm(OfferForm):
    """An invitation that may say whom it means."""

    full_name = StringField(
        _l("First name and family name"),
        [says_a_name_or_nothing, Length(max=160, message=_l("160 characters at most."))],
    )
    """Of a caregiver: the two together."""
    given_name = StringField(
        _l("Given name"),
        [says_a_name_or_nothing, Length(max=80, message=_l("80 letters at most."))],
    )
    family_name = StringField(
        _l("Family name"),
        [says_a_name_or_nothing, Length(max=80, message=_l("80 letters at most."))],
    )
    birth_date = BirthDateField(_l("Birth date"))
    despite_namesake = BooleanField(_l("It is another person: invite anyway"))

    def forget_what_is_for_patients(self) -> None:
        """Drop the birth date too."""
        super().forget_what_is_for_patients()
        self.birth_date.forget()
        self.despite_namesake.data = False

    def invitee(self) -> Invitee:
        """Return who is meant, as far as it was said."""
        name = Name(self.given_name.data or "", self.family_name.data or "")
        if not self.is_for_patient and self.full_name.data:
            name = split_name(self.full_name.data)
        return Invitee(
            given_name=name.given[:LONGEST_NAME],
            family_name=name.family[:LONGEST_NAME],
            birth_date=self.birth_date.data,
            is_another=bool(self.despite_namesake.data),
        )


class InvitationForm(PersonForm):
    """One invitation by mail."""

    email = StringField(
        _l("E-mail address"),
        [InputRequired(_l("Write the e-mail address of the person you invite.")), fold_address],
    )
    word = TextAreaField(
        _l("A word for them"),
        [Length(max=500, message=_l("500 characters at most."))],
    )


class SheetForm(PersonForm):
    """An invitation on paper: without an address, the name is what it is bound to."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for one name at least: many people have only one."""
        is_valid = super().validate(extra_validators)
        words = _("Write the name of the person: one is enough, if they have only one.")
        return one_name_at_least(self.given_name, self.family_name, words) and is_valid


def _pasted(label: Any, *, missing: Any) -> TextAreaField:
    """Make the field of a list of people."""
    too_long = _l("This is too long. Paste 300 people at most at a time.")
    rules = [InputRequired(missing), Length(max=LONGEST_PASTE, message=too_long)]
    return TextAreaField(label, rules)


class CorrectionsForm(Form):
    """The lines of a list that did not leave, corrected."""

    addresses = _pasted(
        _l("Lines to correct"), missing=_l("Correct at least one line, or leave this page.")
    )


class ManyForm(OfferForm):
    """Many addresses at once, as they come out of a mail program or a table."""

    addresses = _pasted(
        _l("E-mail addresses"), missing=_l("Paste the addresses of the people you invite.")
    )
    word = TextAreaField(
        _l("A word for them"),
        [Length(max=500, message=_l("500 characters at most."))],
    )


class UnconfirmedForm(Form):
    """Which invitations to stand for, or to withdraw: one by its button, or what is ticked."""

    ids = SelectMultipleField(coerce=int)
    known: tuple[int, ...] = ()
    only = HiddenField()
    act = HiddenField()

    def offer(self, invitations: list[Invitation]) -> None:
        """Set which ones there are."""
        self.known = tuple(invitation.id for invitation in invitations)
        self.ids.choices = [
            SelectChoice(invitation.id, invitation.person) for invitation in invitations
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for one at least."""
        return super().validate(extra_validators) and bool(self.chosen())

    def chosen(self) -> list[int]:
        """Return the one whose own button was pressed, or else what is ticked."""
        if self.only.data:
            return [number for number in self.known if str(number) == self.only.data]
        return self.ids.data or []

    @property
    def withdraws(self) -> bool:
        """Say whether they are to be withdrawn rather than confirmed."""
        return bool(self.act.data == "withdraw" and not self.only.data)


class SheetCodeForm(Form):
    """The code of a sheet of paper."""

    code = StringField(_l("Code of your sheet"))


class WayForm(Form):
    """Whether who follows an invitation says that they have an account."""

    compte = YesNoField()
