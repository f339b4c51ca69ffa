"""Booking, the second half: the questions of the type, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import reading, tokens
from core.errors import NotFoundError
from core.idempotency import KeyReusedError
from core.web import signed_in
from patient.operations.relatives import place_relative
from patient.queries.places import get_enrolment_for
from patient.queries.relatives import get_guarded_by
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.queries.settings import get_type
from scheduling.agendas.vocabulary import mode_words
from scheduling.appointments.errors import NotOfferedError, SlotTakenError
from scheduling.appointments.queries.appointments import get_hold_of
from scheduling.appointments.queries.choices import TypeRow
from scheduling.appointments.views.choice import (
    carried,
    read_booking,
    read_seen,
    read_wanted,
)
from scheduling.appointments.views.hours_page import Frame, lay_out_hours
from scheduling.blueprint import bp
from scheduling.booking.errors import UnansweredError
from scheduling.booking.forms.booking import KindForm, QuestionsForm, TimeForm, questions_form
from scheduling.booking.operations.answers import keep_answers
from scheduling.booking.operations.holding import hold_slot
from scheduling.booking.queries import (
    find_draft,
    list_questions,
    refuse_taken,
    unread_enrolment,
)
from scheduling.booking.views.booking import start_again, type_page
from scheduling.booking.views.steps import steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

    from scheduling.agendas.models import Question
    from scheduling.agendas.queries.bookable import BookableService
    from scheduling.appointments.queries.choices import Booking, Choice


# ── The questions of the type ─────────────────────────────────────────────────────────────────


@bp.route("/rendez-vous/nouveau/questions", methods=["GET", "POST"])
def booking_questions() -> ResponseReturnValue:
    """Ask what the type asks; nothing of it is ever in an address."""
    if not request.args.get("type"):
        return _ask_type_again()
    booking = read_booking(request.args)
    choice = booking.choice
    try:
        service = booking.service_for(is_new=read_seen(choice, request.args))
    except NotBookableError as error:
        return start_again(request.args, str(error.message))
    asked = list_questions(service.type_id)
    if not asked:
        return redirect(_hours_url(choice, request.args))
    return _ask(choice, service, asked)


def _ask(choice: Choice, service: BookableService, asked: list[Question]) -> ResponseReturnValue:
    actor = signed_in()
    form = questions_form(asked, find_draft(actor.id, choice.patient.id, service.type_id))
    if request.method == "GET":
        return _questions_page(choice, service, asked, form)
    if not form.validate():
        return _questions_page(choice, service, asked, form, status=422)
    consultation_type = get_type(service.type_id)
    if consultation_type is None:
        raise NotFoundError
    keep_answers(
        actor,
        get_enrolment_for(actor, choice.enrolment.id),
        patient_id=choice.patient.id,
        consultation_type=consultation_type,
        answers=form.answers(),
    )
    hold = get_hold_of(actor)
    if hold is not None and request.args.get("rdv") == str(hold.id):
        return redirect(url_for("scheduling.confirm", appointment_id=hold.id))
    return redirect(_hours_url(choice, request.args))


def _ask_type_again() -> ResponseReturnValue:
    if not request.args.get("avec"):
        return redirect(url_for("scheduling.choose_patient"))
    return type_page(KindForm.unanswered())


def _questions_page(
    choice: Choice,
    service: BookableService,
    asked: list[Question],
    form: QuestionsForm,
    *,
    status: int = 200,
) -> ResponseReturnValue:
    kept = carried(request.args, pour=choice.patient.id)
    page = render_template(
        "scheduling/booking_questions.html",
        at=steps("ask", choice, asks=True),
        form=form,
        fields=[(question, form[f"q{question.id}"]) for question in asked],
        choice=choice,
        profession=choice.caregiver.profession,
        service=service,
        mode=mode_words(service.mode),
        action=url_for("scheduling.booking_questions", rdv=request.args.get("rdv"), **kept),
        step_back=url_for("scheduling.choose_type", revoir=1, **kept),
    )
    return page, status


def _hours_url(choice: Choice, given: Mapping[str, Any]) -> str:
    return url_for("scheduling.choose_time", **carried(given, pour=choice.patient.id))


# ── When ──────────────────────────────────────────────────────────────────────────────────────


@bp.route("/rendez-vous/nouveau/heure", methods=["GET", "POST"])
def choose_time() -> ResponseReturnValue:
    if request.method == "GET":
        if not request.args.get("type"):
            return _ask_type_again()
        return hours_page(request.args, taken=reading.instant(request.args.get("prise")))
    form = TimeForm()
    starts_at = form.heure.data
    if not form.validate() or starts_at is None:
        refusal = _("Choose an hour.") if "heure" in form.errors else ""
        return hours_page(form.data, status=422, refusal=refusal)
    return _hold(form, starts_at)


def hours_page(
    given: Mapping[str, Any],
    *,
    status: int = 200,
    refusal: str = "",
    wanted: datetime | None = None,
    taken: datetime | None = None,
) -> ResponseReturnValue:
    """Show the free hours of what was answered.

    ``wanted``: one that was just refused; ``taken``: because somebody has it, if that is so still.
    """
    booking = read_booking(given)
    choice = booking.choice
    try:
        service = booking.service_for(is_new=read_seen(choice, given))
    except NotBookableError as error:
        return start_again(given, str(error.message))
    kept = carried(given, pour=choice.patient.id)
    is_same = booking.hold is not None and booking.hold.caregiver_id == choice.caregiver.id
    hold = booking.hold if is_same else None
    hours = lay_out_hours(
        service,
        choice.patient.id,
        Frame(
            action=url_for("scheduling.choose_time"),
            url=partial(url_for, "scheduling.choose_time", **kept),
            fields={**kept, "cle": tokens.new_token()},
            refusal=refusal or str(SlotTakenError.message if taken else ""),
            wanted=wanted or taken,
            held=hold.starts_at if hold is not None else None,
        ),
        held_id=booking.hold.id if booking.hold is not None else None,
    )
    if taken in hours.nearest:  # whoever had it gave it up
        hours = replace(hours, frame=replace(hours.frame, refusal=""), nearest=[])
    page = render_template(
        "scheduling/choose_time.html",
        at=steps("time", choice, asks=bool(service.question_count)),
        choice=choice,
        profession=choice.caregiver.profession,
        mode=mode_words(service.mode),
        hours=hours,
        hold=hold,
        service=service,
        kept=kept,
        step_back=_before_hours(service, kept),
        has_errors=bool(hours.frame.refusal),
    )
    return page, status


def _before_hours(service: BookableService, kept: dict[str, Any]) -> str:
    if service.question_count:
        return url_for("scheduling.booking_questions", **kept)
    return url_for("scheduling.choose_type", revoir=1, **kept)


def _hold(form: TimeForm, starts_at: datetime) -> ResponseReturnValue:
    given = form.data
    wanted = read_wanted(given, starts_at)
    try:
        held_id = _take(form, wanted, starts_at)
    except SlotTakenError:
        return _just_taken(wanted.choice, given, starts_at)
    except NotOfferedError as error:
        return hours_page(given, status=error.status, refusal=str(error.message), wanted=starts_at)
    except KeyReusedError:  # the page before was already sent, with another hour: ask which counts
        refusal = _("You already chose another hour on that page. Choose once more, please.")
        return hours_page(given, status=422, refusal=refusal)
    except UnansweredError as error:
        flash(str(error.message), "warn")
        return redirect(url_for("scheduling.booking_questions", **carried(given)))
    except NotBookableError as error:
        _require_type(form)
        return start_again(given, str(error.message))
    return redirect(url_for("scheduling.confirm", appointment_id=held_id))


def _take(form: TimeForm, wanted: Booking, starts_at: datetime) -> int:
    actor, choice, type_id = signed_in(), wanted.choice, reading.row_id(form.type.data)
    is_new = read_seen(choice, form.data)
    if wanted.is_taken:
        refuse_taken(wanted, starts_at, is_new=is_new)
    enrolment = unread_enrolment(choice)
    if choice.needs_place:
        patient = get_guarded_by(actor, choice.patient.id)
        enrolment = place_relative(
            actor, enrolment, patient=patient, caregiver_id=choice.caregiver.id
        )
    held = hold_slot(
        actor,
        enrolment,
        consultation_type=TypeRow(type_id),
        caregiver=choice.caregiver,
        starts_at=starts_at,
        is_new=is_new,
        key=form.cle.data,
    )
    return held.id


def _just_taken(
    choice: Choice, given: Mapping[str, Any], starts_at: datetime
) -> ResponseReturnValue:
    """Send to the hours that are left, with the answers: a crowd is refused without a page each."""
    kept = carried(given, pour=choice.patient.id)
    return redirect(url_for("scheduling.choose_time", **kept, prise=starts_at.isoformat()), 303)


def _require_type(form: TimeForm) -> None:
    if get_type(reading.row_id(form.type.data)) is None:
        raise NotFoundError
