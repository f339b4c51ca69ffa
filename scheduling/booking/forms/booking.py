"""The questions of a booking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from core import reading
from core.fields import KeyField
from core.forms import Form
from scheduling.agendas.forms.fields import ChoiceForm
from scheduling.agendas.vocabulary import NO, YES, QuestionKind
from scheduling.appointments.forms.offered import HourForm

if TYPE_CHECKING:
    from wtforms import Field

    from scheduling.agendas.models import Question

LONGEST_ANSWER = 2000


class PatientForm(ChoiceForm):
    """For whom: oneself, a relative, somebody to add."""

    pour = RadioField(
        _l("For whom is this appointment?"),
        [InputRequired(_l("Say for whom you book."))],
        choices=[],
    )


class CaregiverForm(ChoiceForm):
    """With whom: one of the patient's care team."""

    avec = RadioField(
        _l("Who would you like to see?"),
        [InputRequired(_l("Choose the person you would like to see."))],
        choices=[],
    )


class SeenForm(ChoiceForm):
    """Whether that caregiver has seen the patient before; asked where nothing tells."""

    vu = RadioField(
        _l("Have you seen this person before?"),
        [InputRequired(_l("Answer yes or no."))],
        choices=[],
    )


class KindForm(ChoiceForm):
    """For what: one of the consultation types of that caregiver."""

    type = RadioField(
        _l("What kind of appointment?"),
        [InputRequired(_l("Choose a kind of appointment."))],
        choices=[],
    )


class TimeForm(HourForm):
    """When: one of the free hours, as an instant."""

    pour = HiddenField()
    avec = HiddenField()
    vu = HiddenField()
    type = HiddenField()
    cle = KeyField()


class QuestionsForm(Form):
    """What a consultation type asks; its fields are made for each type."""

    def answers(self) -> dict[int, str]:
        """Return what was answered, by question."""
        return {
            reading.row_id(field.name[1:]): " ".join((field.data or "").split())
            if field.type != "TextAreaField"
            else field.data or ""
            for field in self
            if field.name.startswith("q")
        }


def questions_form(questions: Iterable[Question], known: Mapping[int, str]) -> QuestionsForm:
    """Return a form with one field for each question, filled in with what is known."""

    class Asked(QuestionsForm):
        """The questions of one type."""

    for question in questions:
        setattr(Asked, f"q{question.id}", _field(question))
    return Asked(data={f"q{number}": text for number, text in known.items()})


def _field(question: Question) -> Field:
    missing = DataRequired(_l("Please answer this question."))
    checks: list[DataRequired | Optional | Length] = [
        missing if question.is_required else Optional()
    ]
    if question.kind is QuestionKind.TEXT:
        checks.append(Length(max=LONGEST_ANSWER, message=_l("2,000 letters at most.")))
        return TextAreaField(question.wording, checks)
    if question.kind is QuestionKind.YES_NO:
        choices = [SelectChoice(YES, _l("Yes")), SelectChoice(NO, _l("No"))]
    else:
        lines = (line.strip() for line in question.choices.splitlines())
        choices = [SelectChoice(line, line) for line in lines if line]
    return RadioField(question.wording, checks, choices=choices, validate_choice=True)
