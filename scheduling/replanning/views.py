"""Going through what an absence hits; the answers of patients; the calls to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from core import clock, wording
from core.authorization import Anonymous, can
from core.errors import DomainError, NotFoundError
from core.page_slots import Row
from core.web import signed_in
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.queries.absences import get_absence_for
from scheduling.agendas.queries.settings import has_agenda
from scheduling.appointments.forms.offered import AnswerForm
from scheduling.appointments.operations.calls import finish_call
from scheduling.appointments.queries.appointments import get_appointment_for
from scheduling.appointments.queries.free import nearest_slots
from scheduling.appointments.rules import service_of
from scheduling.appointments.vocabulary import CallReason
from scheduling.blueprint import bp
from scheduling.replanning.errors import NoHourChosenError
from scheduling.replanning.forms import CallForm, SettleForm
from scheduling.replanning.operations import (
    answer_proposal,
    ask_to_call,
    hand_over,
    keep_anyway,
    propose_hour,
)
from scheduling.replanning.queries import (
    get_call_for,
    get_proposal_for,
    list_calls_for,
    list_colleagues,
    list_hits,
    next_unsettled,
)
from scheduling.replanning.vocabulary import HitState

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from scheduling.agendas.models import Absence
    from scheduling.appointments.models import Appointment
    from security.models import User

HOURS_PROPOSED = 8


@bp.get("/agenda/absences/<int:absence_id>/replanifier")
def replan(absence_id: int) -> ResponseReturnValue:
    """List what the absence hits, and how far each is settled."""
    absence = get_absence_for(signed_in(), absence_id)
    hits = list_hits(absence)
    return render_template(
        "scheduling/replan.html",
        absence=absence,
        hits=hits,
        settled=sum(hit.is_settled for hit in hits),
        state_words=_state_words(),
        now=clock.now(),
    )


@bp.get("/agenda/absences/<int:absence_id>/replanifier/<int:appointment_id>")
def replan_one(absence_id: int, appointment_id: int) -> ResponseReturnValue:
    """Show what can be done with one of them."""
    actor = signed_in()
    absence, appointment = _both(absence_id, appointment_id)
    try:
        service = service_of(appointment)
        free = nearest_slots(service, absence.ends_at, count=HOURS_PROPOSED, but=[appointment.id])
    except NotBookableError:
        free = []
    return render_template(
        "scheduling/replan_one.html",
        absence=absence,
        appointment=appointment,
        patient=appointment.enrolment.patient,
        zone=appointment.enrolment.bubble.time_zone,
        colleagues=list_colleagues(appointment),
        can_assign=can(actor, "followers:update", appointment.enrolment),  # type: ignore[arg-type]
        hit=next((hit for hit in list_hits(absence) if hit.appointment.id == appointment.id), None),
        state_words=_state_words(),
        free=free,
    )


@bp.post("/agenda/absences/<int:absence_id>/replanifier/<int:appointment_id>")
def settle(absence_id: int, appointment_id: int) -> ResponseReturnValue:
    """Do one thing with one of them."""
    absence, appointment = _both(absence_id, appointment_id)
    form = SettleForm()
    decide = _DECISIONS.get(form.choix.data or "")
    if decide is None or not form.validate():
        raise NotFoundError
    try:
        flash(decide(form, absence, appointment), "ok")
    except NotFoundError:
        raise
    except DomainError as error:
        flash(str(error.message), "warn")
        return redirect(
            url_for("scheduling.replan_one", absence_id=absence_id, appointment_id=appointment_id)
        )
    return redirect(url_for("scheduling.replan", absence_id=absence_id))


# ── What the patient answers ──────────────────────────────────────────────────────────────────


@bp.get("/rendez-vous/propositions/<int:proposal_id>")
def proposal(proposal_id: int) -> ResponseReturnValue:
    proposal = get_proposal_for(signed_in(), proposal_id)
    appointment = proposal.appointment
    return render_template(
        "scheduling/proposal.html",
        proposal=proposal,
        appointment=appointment,
        caregiver=appointment.caregiver,
        patient=appointment.enrolment.patient,
        bubble=appointment.enrolment.bubble,
        zone=appointment.enrolment.bubble.time_zone,
        is_open=proposal.is_open(clock.now()),
    )


@bp.post("/rendez-vous/propositions/<int:proposal_id>")
def answer_hour(proposal_id: int) -> ResponseReturnValue:
    actor = signed_in()
    proposal = get_proposal_for(actor, proposal_id)
    accepts = AnswerForm().reponse.data
    if accepts is None:
        raise NotFoundError
    shown = url_for("scheduling.show", appointment_id=proposal.appointment_id)
    try:
        answer_proposal(actor, proposal, accepts=accepts)
    except NotFoundError:
        raise
    except DomainError as error:
        flash(str(error.message), "warn")
        return redirect(shown)
    flash(
        _("Your appointment is moved to the new hour.")
        if accepts
        else _("The new hour is refused. Your appointment stays as it is."),
        "ok",
    )
    return redirect(shown)


# ── The calls ─────────────────────────────────────────────────────────────────────────────────


@bp.get("/agenda/appels")
def calls() -> ResponseReturnValue:
    actor = signed_in()
    if not has_agenda(actor.id):
        raise NotFoundError
    return render_template(
        "scheduling/calls.html",
        tasks=list_calls_for(actor),
        done=list_calls_for(actor, done=True),
        reason_words={
            CallReason.CANCELLED: _("The appointment is cancelled"),
            CallReason.MOVED: _("The appointment is moved"),
            CallReason.ABSENCE: _("The caregiver will be away"),
        },
    )


@bp.post("/agenda/appels/<int:task_id>")
def mark_call(task_id: int) -> ResponseReturnValue:
    actor = signed_in()
    task = get_call_for(actor, task_id)
    is_done = bool(CallForm().fait.data)
    finish_call(actor, task, is_done=is_done)
    flash(_("Noted: called.") if is_done else _("Back on the list."), "ok")
    return redirect(url_for("scheduling.calls"))


def attention(actor: User | Anonymous) -> Row | None:
    """Fill the slot « attention »: an absence whose appointments are not settled yet."""
    if isinstance(actor, Anonymous) or not has_agenda(actor.id):
        return None
    unsettled = next_unsettled(actor)
    if unsettled is None:
        return None
    absence, settled, total = unsettled
    return Row(
        url=url_for("scheduling.replan", absence_id=absence.id),
        label=ngettext(
            "Your absence hits %(num)d appointment", "Your absence hits %(num)d appointments", total
        ),
        text=_(
            "%(settled)d of %(total)d settled, from %(day)s",
            settled=settled,
            total=total,
            day=wording.short_day(absence.starts_at, actor.time_zone),
        ),
        icon="calendar-x",
        kind="next",
        rank=10,
    )


def calls_attention(actor: User | Anonymous) -> Row | None:
    """Fill the slot « attention »: patients to call."""
    if isinstance(actor, Anonymous) or not has_agenda(actor.id):
        return None
    count = len(list_calls_for(actor))
    if not count:
        return None
    return Row(
        url=url_for("scheduling.calls"),
        label=ngettext("%(num)d patient to call", "%(num)d patients to call", count),
        text=_("No message can do it."),
        icon="phone",
        kind="next",
        rank=11,
    )


# ── One decision each ─────────────────────────────────────────────────────────────────────────


def _hand_over(form: SettleForm, absence: Absence, appointment: Appointment) -> str:
    starts_at, colleague_id = form.collegue.data, form.collegue.colleague_id
    if starts_at is None:
        raise NoHourChosenError
    candidates = (candidate.user for candidate in list_colleagues(appointment))
    colleague = next((user for user in candidates if user.id == colleague_id), None)
    if colleague is None:
        raise NotFoundError
    hand_over(signed_in(), appointment, colleague=colleague, starts_at=starts_at, absence=absence)
    return str(
        _("The appointment is with %(name)s now. Both are told.", name=colleague.display_name)
    )


def _propose(form: SettleForm, absence: Absence, appointment: Appointment) -> str:
    starts_at = form.heure.data
    if starts_at is None:
        raise NoHourChosenError
    propose_hour(signed_in(), appointment, starts_at=starts_at, absence=absence)
    return str(_("The new hour is proposed to the patient, and kept until they answer."))


def _call(_form: SettleForm, absence: Absence, appointment: Appointment) -> str:
    ask_to_call(signed_in(), appointment, absence=absence)
    return str(_("The patient is on the list of those to call."))


def _keep(_form: SettleForm, absence: Absence, appointment: Appointment) -> str:
    keep_anyway(signed_in(), appointment, absence=absence)
    return str(_("You keep this appointment in spite of the absence."))


_DECISIONS = {"collegue": _hand_over, "proposer": _propose, "appeler": _call, "garder": _keep}


def _both(absence_id: int, appointment_id: int) -> tuple[Absence, Appointment]:
    actor = signed_in()
    absence = get_absence_for(actor, absence_id)
    appointment = get_appointment_for(actor, appointment_id)
    if appointment.caregiver_id != actor.id or not appointment.is_known_to_caregiver:
        raise NotFoundError
    return absence, appointment


def _state_words() -> dict[HitState, tuple[str, str, str]]:
    """Say each state, with its colour and its drawing."""
    return {
        HitState.OPEN: (_("To settle"), "", "circle"),
        HitState.WAITING: (_("New hour proposed, no answer yet"), "", "hourglass"),
        HitState.REFUSED: (_("New hour refused"), "bad", "circle-x"),
        HitState.UNANSWERED: (_("New hour proposed, never answered"), "bad", "circle-x"),
        HitState.TO_CALL: (_("To call"), "", "phone"),
        HitState.CALLED: (_("Called"), "ok", "circle-check"),
        HitState.KEPT: (_("Kept in spite of the absence"), "ok", "circle-check"),
        HitState.COLLEAGUE: (_("With a colleague"), "ok", "circle-check"),
        HitState.MOVED: (_("Moved"), "ok", "circle-check"),
        HitState.CANCELLED: (_("Cancelled"), "ok", "circle-check"),
    }
