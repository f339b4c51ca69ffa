"""Saying who one is, choosing who follows a patient, writing a note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import DataRequired, InputRequired, Length

from bubbles.forms.pasted_names import Name, split_name
from core.fields import BirthDateField, KeyField, one_name_at_least, says_a_name_or_nothing
from core.forms import Form
from patient.operations.relatives import CivilIdentity
from patient.vocabulary import NoteAudience, Sex

if TYPE_CHECKING:
    from bubbles.models import Invitation
    from patient.models import Patient


def _says_a_name(message: Any) -> Callable[[Form, Field], None]:
    """A name has a letter in it, in whatever alphabet."""

    def check(_form: Form, field: Field) -> None:
        if not any(character.isalpha() for character in field.data):
            raise ValidationError(message)

    return check


class IdentityForm(Form):
    """The names, of which one is enough, and the birth date; nothing else is asked now."""

    given_name = StringField(
        _l("Given name"),
        validators=[
            says_a_name_or_nothing,
            Length(max=80, message=_l("80 letters at most.")),
        ],
    )
    family_name = StringField(
        _l("Family name"),
        validators=[
            says_a_name_or_nothing,
            Length(max=80, message=_l("80 letters at most.")),
        ],
    )
    birth_date = BirthDateField(
        _l("Birth date"), [InputRequired(_l("Write the birth date, for example 09/03/1951."))]
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Judge each field, and ask for one name at least, in the same round."""
        is_valid = super().validate(extra_validators)
        words = _("Write a name: many people have a given name and a family name, one is enough.")
        has_name = one_name_at_least(self.given_name, self.family_name, words)
        return is_valid and has_name

    def suggest(self, invitation: Invitation, own_name: str) -> None:
        """Propose what the inviter wrote: the person reads it again before it is theirs.

        Whoever has just written their name, in ``own_name``, is not asked to do so again. A sheet
        of paper may be in other hands: it bears the names, and says no birth date.
        """
        name = Name(invitation.given_name, invitation.family_name)
        own = split_name(own_name)
        if own.given and own.family and own_name.casefold() != invitation.person.casefold():
            name = own
        self.given_name.data, self.family_name.data = name.given, name.family
        if not invitation.is_on_paper:
            self.birth_date.data = invitation.birth_date

    def identity(self) -> dict[str, Any]:
        """Return what the operations take."""
        return {
            "given_name": self.given_name.data,
            "family_name": self.family_name.data,
            "birth_date": self.birth_date.data,
        }


class FollowersForm(Form):
    """Which caregivers of the bubble follow the patient; none is an answer too."""

    user_ids = SelectMultipleField(_l("Who follows this person"), coerce=int)

    def offer(self, choices: Sequence[tuple[int, str]]) -> None:
        """Say who may be chosen."""
        self.user_ids.choices = list(choices)


class AssignForm(Form):
    """Which caregiver follows which of the patients shown."""

    user_id = SelectField(_l("Caregiver"), coerce=int, default=0)
    enrolment_ids = SelectMultipleField(_l("Patients"), coerce=int)

    def offer(
        self, caregivers: Sequence[tuple[int, str]], patients: Sequence[tuple[int, str]]
    ) -> None:
        """Say who may be chosen."""
        self.user_id.choices = [(0, _("Choose a caregiver")), *caregivers]
        self.enrolment_ids.choices = list(patients)

    def validate_user_id(self, field: Field) -> None:
        """Nobody is chosen for the administrator."""
        if not field.data:
            raise ValidationError(_("Choose the caregiver who will follow them."))

    def validate_enrolment_ids(self, field: Field) -> None:
        """At least one."""
        if not field.data:
            raise ValidationError(_("Tick at least one patient."))


class NoteForm(Form):
    """A note of the team, and for whom it is."""

    body = TextAreaField(
        _l("Your note"),
        validators=[
            DataRequired(_l("Write the note.")),
            Length(max=10_000, message=_l("10,000 letters at most.")),
        ],
    )
    audience = RadioField(
        _l("Who reads it?"),
        choices=[
            SelectChoice(NoteAudience.TEAM, _l("The whole team that follows this patient")),
            SelectChoice(NoteAudience.CHOSEN, _l("Only the caregivers whom I tick below")),
        ],
        default=NoteAudience.TEAM,
        coerce=NoteAudience,
    )
    reader_ids = SelectMultipleField(_l("The caregivers who read it"), coerce=int)
    is_shown_to_patient = BooleanField(_l("Visible to the patient too"))
    key = HiddenField()

    def offer(self, colleagues: Sequence[tuple[int, str]]) -> None:
        """Say who of the team may be chosen."""
        self.reader_ids.choices = list(colleagues)

    def validate_reader_ids(self, field: Field) -> None:
        """Chosen caregivers are named."""
        if self.audience.data is NoteAudience.CHOSEN and not field.data:
            raise ValidationError(_("Tick at least one caregiver."))

    def answers(self) -> dict[str, Any]:
        """Return what the operations take."""
        audience = NoteAudience(self.audience.data)
        return {
            "body": self.body.data,
            "audience": audience,
            "reader_ids": self.reader_ids.data if audience is NoteAudience.CHOSEN else (),
            "is_shown_to_patient": self.is_shown_to_patient.data,
        }


BORN_IN_FRANCE, BORN_ABROAD = "france", "abroad"


class RelativeForm(IdentityForm):
    """All that caregivers must know of who a relative is, as on the identity card."""

    ORDER = (
        "sex",
        "given_name",
        "family_name",
        "birth_name",
        "birth_date",
        "born_in",
        "birth_place",
        "birth_country",
        "street",
        "postcode",
        "town",
    )
    """As one is asked; what is wrong is said in this order too."""

    sex = RadioField(
        _l("Sex in the civil registry"),
        [InputRequired(_l("Choose what the identity card says."))],
        choices=[
            SelectChoice(Sex.FEMALE.value, _l("Female")),
            SelectChoice(Sex.MALE.value, _l("Male")),
        ],
    )
    birth_name = StringField(
        _l("Name at birth"),
        validators=[Length(max=80, message=_l("80 letters at most."))],
    )
    born_in = RadioField(
        _l("Birth place"),
        [InputRequired(_l("Say whether this person was born in France."))],
        choices=[
            SelectChoice(BORN_IN_FRANCE, _l("Born in France")),
            SelectChoice(BORN_ABROAD, _l("Born abroad")),
        ],
    )
    birth_place = StringField(
        _l("Town of birth"),
        validators=[Length(max=120, message=_l("120 letters at most."))],
    )
    birth_country = StringField(
        _l("Country of birth"),
        validators=[Length(max=80, message=_l("80 letters at most."))],
    )
    street = StringField(
        _l("Address"),
        validators=[
            _says_a_name(_l("Write the number and the street, for example 14 rue des Tilleuls.")),
            Length(max=200, message=_l("200 letters at most.")),
        ],
    )
    postcode = StringField(
        _l("Postcode"),
        validators=[
            InputRequired(_l("Write the postcode, for example 31240.")),
            Length(max=12, message=_l("12 characters at most.")),
        ],
    )
    town = StringField(
        _l("Town"),
        validators=[
            _says_a_name(_l("Write the town, for example Toulouse.")),
            Length(max=80, message=_l("80 letters at most.")),
        ],
    )
    key = KeyField()

    def __init__(self, *given: Any, **more: Any) -> None:
        """Put the questions in their order."""
        super().__init__(*given, **more)
        fields: dict[str, Any] = dict(self.__dict__["_fields"])
        asked = {name: fields.pop(name) for name in self.ORDER}
        self.__dict__.update(_fields=asked | fields)

    def validate_birth_place(self, field: Field) -> None:
        """The town, for who was born in France; one of the two while that is not said."""
        if any(map(str.isalpha, field.data)) or self.born_in.data == BORN_ABROAD:
            return
        if self.born_in.data == BORN_IN_FRANCE:
            raise ValidationError(_("Write the town of birth, for example Albi."))
        if not any(map(str.isalpha, self.birth_country.data or "")):
            raise ValidationError(_("Write the town of birth, or the country if it is abroad."))

    def validate_birth_country(self, field: Field) -> None:
        """The country, for who was born abroad."""
        if self.born_in.data == BORN_ABROAD and not any(map(str.isalpha, field.data)):
            raise ValidationError(_("Write the country of birth, for example Portugal."))

    def show(self, known: Patient) -> None:
        """Fill in what is known of somebody."""
        for name in ("sex", "given_name", "family_name", "birth_name", "birth_place"):
            self[name].data = getattr(known, name)
        for name in ("birth_country", "street", "postcode", "town"):
            self[name].data = getattr(known, name)
        self.born_in.data = BORN_ABROAD if known.birth_country else BORN_IN_FRANCE
        self.birth_date.data = known.birth_date

    def suggest_address(self, own: Patient | None) -> None:
        """Propose one's own address: relatives often live there."""
        for name in ("street", "postcode", "town"):
            self[name].data = self[name].data or getattr(own, name, None)

    def civil_identity(self) -> CivilIdentity:
        """Return what the operations take."""
        is_abroad = self.born_in.data == BORN_ABROAD
        return CivilIdentity(
            sex=Sex(self.sex.data),
            birth_name=self.birth_name.data or None,
            birth_place=self.birth_place.data or None,
            birth_country=self.birth_country.data if is_abroad else None,
            street=self.street.data or "",
            postcode=self.postcode.data or "",
            town=self.town.data or "",
            **self.identity(),
        )
