"""The questions of a consultation type, on the pages of its administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from core.authorization import can
from core.errors import ForbiddenError, NotFoundError
from core.web import signed_in
from scheduling.agendas.errors import TooManyQuestionsError
from scheduling.agendas.forms.types import QuestionForm
from scheduling.agendas.operations.questions import (
    QuestionFacts,
    add_question,
    edit_question,
    move_question,
    remove_question,
)
from scheduling.agendas.policy import AgendaPermission
from scheduling.agendas.queries import settings
from scheduling.blueprint import bp

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from scheduling.agendas.models import ConsultationType, Question

_FOLDER = "/bulles/<int:bubble_id>/consultations/<int:type_id>/questions"


@bp.get(_FOLDER)
def questions(bubble_id: int, type_id: int) -> ResponseReturnValue:
    consultation_type = _type(bubble_id, type_id)
    return render_template(
        "scheduling/questions.html",
        bubble=consultation_type.bubble,
        type=consultation_type,
        questions=settings.list_questions_of(consultation_type.id),
    )


@bp.route(f"{_FOLDER}/nouvelle", methods=["GET", "POST"])
def new_question(bubble_id: int, type_id: int) -> ResponseReturnValue:
    consultation_type = _type(bubble_id, type_id)
    form = QuestionForm()
    if not form.validate_on_submit():
        return _form_page(consultation_type, form, None)
    try:
        add_question(signed_in(), consultation_type, facts=_facts(form), key=form.cle.data)
    except TooManyQuestionsError as error:
        form.wording.errors = [str(error.message)]
        return _form_page(consultation_type, form, None)
    flash(_("The question will be asked at the next booking."), "ok")
    return _back(bubble_id, type_id)


@bp.route(f"{_FOLDER}/<int:question_id>", methods=["GET", "POST"])
def question(bubble_id: int, type_id: int, question_id: int) -> ResponseReturnValue:
    """Change one question."""
    consultation_type = _type(bubble_id, type_id)
    known = next(
        (
            question
            for question in settings.list_questions_of(type_id)
            if question.id == question_id
        ),
        None,
    )
    if known is None:
        raise NotFoundError
    shown = {
        "wording": known.wording,
        "kind": known.kind,
        "choices": known.choices,
        "is_required": known.is_required,
    }
    form = QuestionForm(data=shown)
    if not form.validate_on_submit():
        return _form_page(consultation_type, form, known)
    edit_question(signed_in(), consultation_type, question_id=question_id, facts=_facts(form))
    flash(_("The question has been changed."), "ok")
    return _back(bubble_id, type_id)


@bp.post(f"{_FOLDER}/<int:question_id>/monter")
def raise_question(bubble_id: int, type_id: int, question_id: int) -> ResponseReturnValue:
    """Ask it one earlier."""
    consultation_type = _type(bubble_id, type_id)
    move_question(signed_in(), consultation_type, question_id=question_id, is_up=True)
    return _back(bubble_id, type_id, question_id)


@bp.post(f"{_FOLDER}/<int:question_id>/descendre")
def lower_question(bubble_id: int, type_id: int, question_id: int) -> ResponseReturnValue:
    """Ask it one later."""
    consultation_type = _type(bubble_id, type_id)
    move_question(signed_in(), consultation_type, question_id=question_id, is_up=False)
    return _back(bubble_id, type_id, question_id)


@bp.post(f"{_FOLDER}/<int:question_id>/suppression")
def drop_question(bubble_id: int, type_id: int, question_id: int) -> ResponseReturnValue:
    """Ask it no more."""
    consultation_type = _type(bubble_id, type_id)
    remove_question(signed_in(), consultation_type, question_id=question_id)
    flash(_("The question is no longer asked. Answers already given stay."), "ok")
    return _back(bubble_id, type_id)


def _type(bubble_id: int, type_id: int) -> ConsultationType:
    actor = signed_in()
    consultation_type = settings.get_type_for(actor, bubble_id, type_id)
    if not can(actor, AgendaPermission.EDIT_TYPE, consultation_type):
        raise ForbiddenError
    return consultation_type


def _question(type_id: int, question_id: int) -> Question:
    for question in settings.list_questions_of(type_id):
        if question.id == question_id:
            return question
    raise NotFoundError


def _back(bubble_id: int, type_id: int, question_id: int | None = None) -> ResponseReturnValue:
    """Return to the list, at the question that moved."""
    anchor = None if question_id is None else f"question-{question_id}"
    url = url_for("scheduling.questions", bubble_id=bubble_id, type_id=type_id, _anchor=anchor)
    return redirect(url)


def _form_page(
    consultation_type: ConsultationType, form: QuestionForm, known: Question | None
) -> ResponseReturnValue:
    page = render_template(
        "scheduling/question_form.html",
        bubble=consultation_type.bubble,
        type=consultation_type,
        form=form,
        question=known,
    )
    return page, 422 if form.errors else 200


def _facts(form: QuestionForm) -> QuestionFacts:
    return QuestionFacts(
        wording=form.wording.data or "",
        kind=form.kind.data,
        choices=form.choice_lines,
        is_required=bool(form.is_required.data),
    )
