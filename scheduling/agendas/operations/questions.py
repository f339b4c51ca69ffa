"""What patients are asked when they book: the questions of a consultation type."""

from __future__ import annotations

from dataclasses import dataclass

from core import clock
from core.authorization import operation
from core.database import db
from core.errors import NotFoundError
from core.idempotency import once
from scheduling.agendas.errors import TooFewChoicesError, TooManyQuestionsError
from scheduling.agendas.models import ConsultationType, Question
from scheduling.agendas.policy import AgendaPermission
from scheduling.agendas.queries.settings import list_questions_of
from scheduling.agendas.vocabulary import QuestionKind
from security.models import User

MOST_QUESTIONS = 20
FEWEST_CHOICES = 2


@dataclass(frozen=True, slots=True)
class QuestionFacts:
    """All that an administrator decides about a question."""

    wording: str
    kind: QuestionKind
    choices: tuple[str, ...] = ()
    is_required: bool = False


@operation(AgendaPermission.EDIT_TYPE)
def add_question(
    actor: User,
    consultation_type: ConsultationType,
    *,
    facts: QuestionFacts,
    key: str | None = None,
) -> Question:
    """Ask one more question, after the others.

    Raises:
        TooFewChoicesError: there is nothing to choose from.
        TooManyQuestionsError: nobody answers more than twenty.
    """
    type_id = consultation_type.id

    def add() -> int:
        others = list_questions_of(type_id)
        if len(others) >= MOST_QUESTIONS:
            raise TooManyQuestionsError
        last = max((other.position for other in others), default=0)
        question = Question(consultation_type_id=type_id, position=last + 1)
        _word(question, facts)
        db.session.add(question)
        db.session.flush()  # its number answers a second request
        return question.id

    question_id = once(actor.id, "add_question", key, f"{type_id}/{facts!r}", add)
    return _question(consultation_type, question_id)


@operation(AgendaPermission.EDIT_TYPE)
def edit_question(
    _actor: User, consultation_type: ConsultationType, *, question_id: int, facts: QuestionFacts
) -> None:
    """Ask it otherwise; answers already given keep the words to which they were given.

    Raises:
        TooFewChoicesError: there is nothing to choose from.
    """
    _word(_question(consultation_type, question_id), facts)


@operation(AgendaPermission.EDIT_TYPE)
def move_question(
    _actor: User, consultation_type: ConsultationType, *, question_id: int, is_up: bool
) -> None:
    """Ask it one earlier, or one later; the first and the last stay where they are."""
    questions = list_questions_of(consultation_type.id)
    place = questions.index(_question(consultation_type, question_id))
    other = place - 1 if is_up else place + 1
    if 0 <= other < len(questions):
        questions[place], questions[other] = questions[other], questions[place]
    for position, question in enumerate(questions, start=1):
        question.position = position


@operation(AgendaPermission.EDIT_TYPE)
def remove_question(_actor: User, consultation_type: ConsultationType, *, question_id: int) -> None:
    """Ask it no more; answers already given stay."""
    _question(consultation_type, question_id).removed_at = clock.now()


def _question(consultation_type: ConsultationType, question_id: int) -> Question:
    question = db.session.get(Question, question_id)
    if (
        question is None
        or question.consultation_type_id != consultation_type.id
        or question.removed_at is not None
    ):
        raise NotFoundError
    return question


def _word(question: Question, facts: QuestionFacts) -> None:
    choices = facts.choices if facts.kind is QuestionKind.CHOICE else ()
    if facts.kind is QuestionKind.CHOICE and len(set(choices)) < FEWEST_CHOICES:
        raise TooFewChoicesError
    question.wording = facts.wording
    question.kind = facts.kind
    question.choices = "\n".join(dict.fromkeys(choices))
    question.is_required = facts.is_required
