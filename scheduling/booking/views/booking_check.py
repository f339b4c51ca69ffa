"""The end of a booking: reading everything again, more time, confirming, giving up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import clock
from core.web import signed_in
from scheduling.agendas.vocabulary import NO, YES
from scheduling.appointments.queries.answers import list_answers
from scheduling.appointments.queries.appointments import get_appointment_for
from scheduling.appointments.queries.choices import choice_of
from scheduling.appointments.queries.meetings import list_meetings
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.blueprint import bp
from scheduling.booking.errors import HoldEndedError, UnansweredError
from scheduling.booking.operations.holding import (
    HOLD,
    confirm_appointment,
    extend_hold,
    give_up_hold,
)
from scheduling.booking.queries import list_questions
from scheduling.booking.views.appointments import facts
from scheduling.booking.views.booking_hours import hours_page
from scheduling.booking.views.steps import steps

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from scheduling.appointments.models import Appointment
    from security.models import User


@bp.route("/rendez-vous/<int:appointment_id>/confirmation", methods=["GET", "POST"])
def confirm(appointment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    is_asked = request.method == "GET"
    appointment = get_appointment_for(actor, appointment_id, is_read=is_asked)
    if is_asked:
        return _check_page(actor, appointment)
    try:
        confirm_appointment(actor, appointment)
    except HoldEndedError as error:
        return _again(appointment, str(error.message))
    except UnansweredError as error:
        flash(str(error.message), "warn")
        return redirect(_answers_url(appointment))
    return redirect(url_for("scheduling.confirmed", appointment_id=appointment_id))


@bp.get("/rendez-vous/<int:appointment_id>/confirme")
def confirmed(appointment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    appointment = get_appointment_for(actor, appointment_id)
    if appointment.status is not AppointmentStatus.BOOKED:
        return redirect(url_for("scheduling.show", appointment_id=appointment_id))
    return render_template("scheduling/confirmed.html", **facts(actor, appointment))


@bp.post("/rendez-vous/<int:appointment_id>/prolongation")
def extend(appointment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    appointment = get_appointment_for(actor, appointment_id, is_read=False)
    extend_hold(actor, appointment)
    return redirect(url_for("scheduling.confirm", appointment_id=appointment_id))


@bp.post("/rendez-vous/<int:appointment_id>/abandon")
def give_up(appointment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    appointment = get_appointment_for(actor, appointment_id, is_read=False)
    give_up_hold(actor, appointment)
    flash(_("This hour is no longer kept. Nobody was told, and nothing was booked."), "ok")
    return redirect(url_for("scheduling.appointments"))


def _check_page(actor: User, appointment: Appointment) -> ResponseReturnValue:
    if appointment.status is AppointmentStatus.BOOKED:
        return redirect(url_for("scheduling.show", appointment_id=appointment.id))
    questions = list_questions(appointment.consultation_type_id)
    choice = choice_of(actor, appointment)
    return render_template(
        "scheduling/confirm.html",
        at=steps("check", choice, asks=bool(questions)),
        is_over=not appointment.is_live_hold(clock.now()),
        is_gone=appointment.status is AppointmentStatus.CANCELLED,
        seconds_total=int(HOLD.total_seconds()),
        answers=list_answers(appointment.id),
        answers_url=_answers_url(appointment) if questions else None,
        meetings=list_meetings(
            appointment.enrolment.patient_id,
            appointment.starts_at,
            appointment.ends_at,
            except_id=appointment.id,
        ),
        step_back=url_for("scheduling.choose_time", **_answers_of(appointment)),
        who_url=url_for("scheduling.choose_patient", **_answers_of(appointment)),
        **facts(actor, appointment),
    )


def _answers_of(appointment: Appointment) -> dict[str, Any]:
    """Return every answer given so far, as addresses carry them."""
    patient_id, caregiver_id = appointment.enrolment.patient_id, appointment.caregiver_id
    answers = {
        "pour": str(patient_id),
        "avec": f"{appointment.enrolment_id}-{caregiver_id}",
        "type": str(appointment.consultation_type_id),
    }
    if appointment.is_first_visit is not None:
        seen = NO if appointment.is_first_visit else YES
        answers["vu"] = f"{seen}-{patient_id}-{caregiver_id}"
    return answers


def _answers_url(appointment: Appointment) -> str:
    return url_for("scheduling.booking_questions", rdv=appointment.id, **_answers_of(appointment))


def _again(appointment: Appointment, refusal: str) -> ResponseReturnValue:
    """Show the hours again, with the answers, where the held one was lost."""
    answers = _answers_of(appointment)
    return hours_page(answers, status=409, refusal=refusal, wanted=appointment.starts_at)
