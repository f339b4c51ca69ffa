"""The questions of a type, for an hour that is promised: taken from the list, or made for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import clock
from core.errors import NotFoundError
from core.web import signed_in
from patient.policy import acts_for
from scheduling.appointments.errors import NotStandingError
from scheduling.appointments.queries.answers import list_answers
from scheduling.appointments.queries.appointments import get_appointment_for
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.blueprint import bp
from scheduling.booking.errors import UnansweredError
from scheduling.booking.forms.booking import questions_form
from scheduling.booking.operations.answering import answer_afterwards
from scheduling.booking.queries import list_questions
from scheduling.booking.views.appointments import facts

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.route("/rendez-vous/<int:appointment_id>/questions", methods=["GET", "POST"])
def answer_questions(appointment_id: int) -> ResponseReturnValue:
    """Ask what was not asked before; answers can be corrected until the appointment begins."""
    actor = signed_in()
    appointment = get_appointment_for(actor, appointment_id)
    if not acts_for(actor, appointment.enrolment):
        raise NotFoundError
    shown = url_for("scheduling.show", appointment_id=appointment_id)
    asked = list_questions(appointment.consultation_type_id)
    is_standing = appointment.status is AppointmentStatus.BOOKED
    if not (asked and is_standing and clock.now() < appointment.starts_at):
        return redirect(shown)
    known = {answer.question_id: answer.text for answer in list_answers(appointment_id)}
    form = questions_form(asked, known)
    if request.method == "GET" or not form.validate():
        page = render_template(
            "scheduling/answer_questions.html",
            form=form,
            fields=[(question, form[f"q{question.id}"]) for question in asked],
            **facts(actor, appointment),
        )
        return page, 422 if form.errors else 200
    try:
        answer_afterwards(
            actor, appointment.enrolment, appointment=appointment, answers=form.answers()
        )
    except (NotStandingError, UnansweredError) as error:
        flash(str(error.message), "warn")
        return redirect(shown)
    flash(_("Thank you. Your answers are kept."), "ok")
    return redirect(shown)
