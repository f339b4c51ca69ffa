"""A person's appointments: the list, one of them; moving it, cancelling it, keeping it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from caregiver.queries import professions_of
from core import clock
from core.authorization import Anonymous
from core.errors import NotFoundError
from core.frame import frame
from core.page_slots import Tab, filled
from core.web import signed_in
from core.wording import in_zone
from patient.policy import acts_for
from patient.queries.places import get_own_patient
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.vocabulary import mode_words
from scheduling.appointments.errors import NotOfferedError, SlotTakenError
from scheduling.appointments.forms.offered import HourForm
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.queries.answers import has_unanswered, list_answers
from scheduling.appointments.queries.appointments import (
    get_appointment_for,
    get_hold_of,
    list_appointments_of,
)
from scheduling.appointments.rules import limit_of, service_of
from scheduling.appointments.views.hours_page import Frame, Hours, lay_out_hours
from scheduling.appointments.views.proposal import open_proposal
from scheduling.appointments.vocabulary import AppointmentList, AppointmentStatus
from scheduling.blueprint import bp
from scheduling.booking.forms.changes import CancelForm

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from scheduling.appointments.models import Appointment
    from security.models import User

LISTS = {
    "": AppointmentList.COMING,
    "passes": AppointmentList.PAST,
    "annules": AppointmentList.CANCELLED,
}


@bp.get("/rendez-vous")
def appointments() -> ResponseReturnValue:
    actor = signed_in()
    shown = LISTS.get(request.args.get("liste", ""), AppointmentList.COMING)
    rows, own = list_appointments_of(actor, shown), get_own_patient(actor)
    labels = {
        AppointmentList.COMING: _("To come"),
        AppointmentList.PAST: _("Past ones"),
        AppointmentList.CANCELLED: _("Cancelled ones"),
    }
    pills = [
        {
            "url": url_for("scheduling.appointments", liste=name or None),
            "label": labels[which],
            "current": which is shown,
            "count": len(rows) if which is shown else 0,
        }
        for name, which in LISTS.items()
    ]
    return render_template(
        "scheduling/appointments.html",
        rows=rows,
        pills_shown=pills,
        shown=shown,
        professions=professions_of({row.caregiver_id for row in rows}),
        mode_words=mode_words,
        waits=sum(filled("waiting_for", actor)),
        own_name=own.name if own is not None else "",
    )


@bp.get("/rendez-vous/<int:appointment_id>")
def show(appointment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    appointment = get_appointment_for(actor, appointment_id)
    if appointment.status is AppointmentStatus.HELD:
        return redirect(url_for("scheduling.confirm", appointment_id=appointment_id))
    return render_template(
        "scheduling/appointment.html",
        answers=list_answers(appointment.id),
        asks=acts_for(actor, appointment.enrolment) and has_unanswered(appointment),
        proposal=open_proposal(appointment),
        **facts(actor, appointment),
    )


@bp.route("/rendez-vous/<int:appointment_id>/annulation", methods=["GET", "POST"])
def cancel(appointment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    is_asked = request.method == "GET"
    appointment = get_appointment_for(actor, appointment_id, is_read=is_asked)
    form = CancelForm()
    if is_asked:
        if appointment.status is not AppointmentStatus.BOOKED:
            return redirect(url_for("scheduling.show", appointment_id=appointment_id))
        return _cancel_page(actor, appointment, form)
    if not form.validate():
        return _cancel_page(actor, appointment, form, status=422)
    cancel_appointment(actor, appointment, reason=form.reason.data or "")
    if appointment.caregiver_id == actor.id:
        zone = appointment.enrolment.bubble.time_zone
        day = in_zone(appointment.starts_at, zone).date().isoformat()
        flash(_("The appointment is cancelled. The patient has been told by e-mail."), "ok")
        return redirect(url_for("scheduling.day", day=day))
    flash(_("Your appointment is cancelled. The hour can go to somebody else."), "ok")
    return redirect(url_for("scheduling.appointments"))


def _cancel_page(
    actor: User, appointment: Appointment, form: CancelForm, *, status: int = 200
) -> ResponseReturnValue:
    return render_template("scheduling/cancel.html", form=form, **facts(actor, appointment)), status


@bp.route("/rendez-vous/<int:appointment_id>/deplacement", methods=["GET", "POST"])
def change_hour(appointment_id: int) -> ResponseReturnValue:
    """Choose another hour for the same thing with the same person."""
    actor = signed_in()
    appointment = get_appointment_for(actor, appointment_id)
    if not acts_for(actor, appointment.enrolment):
        raise NotFoundError
    if appointment.status is not AppointmentStatus.BOOKED:
        return redirect(url_for("scheduling.show", appointment_id=appointment_id))
    if request.method == "GET":
        return _move_page(actor, appointment)
    starts_at = HourForm().heure.data
    if starts_at is None:
        return _move_page(actor, appointment, status=422, refusal=_("Choose an hour."))
    try:
        move_appointment(actor, appointment, starts_at=starts_at)
    except (SlotTakenError, NotOfferedError) as error:
        return _move_page(
            actor, appointment, status=error.status, refusal=str(error.message), wanted=starts_at
        )
    flash(_("Your appointment has a new hour. The caregiver has been told."), "ok")
    return redirect(url_for("scheduling.show", appointment_id=appointment_id))


def _move_page(
    actor: User,
    appointment: Appointment,
    *,
    status: int = 200,
    refusal: str = "",
    wanted: datetime | None = None,
) -> ResponseReturnValue:
    shown = facts(actor, appointment)
    hours = None
    if shown["can_change"]:
        hours = hours_for_move(
            appointment,
            Frame(
                action=url_for("scheduling.change_hour", appointment_id=appointment.id),
                url=partial(url_for, "scheduling.change_hour", appointment_id=appointment.id),
                refusal=refusal,
                wanted=wanted,
            ),
        )
    page = render_template(
        "scheduling/change_hour.html", hours=hours, has_errors=bool(refusal), **shown
    )
    return page, status


def hours_for_move(appointment: Appointment, frame: Frame) -> Hours | None:
    """Return the hours to which an appointment can be moved; nothing: it is no longer offered."""
    try:
        service = service_of(appointment, is_online=True)
    except NotBookableError:
        return None
    return lay_out_hours(service, appointment.enrolment.patient_id, frame, moved=appointment)


def facts(actor: User, appointment: Appointment) -> dict[str, Any]:
    """Say of one appointment what its pages show."""
    caregiver, bubble = appointment.caregiver, appointment.enrolment.bubble
    now = clock.now()
    limit = limit_of(appointment)
    is_coming = appointment.status is AppointmentStatus.BOOKED and now < appointment.starts_at
    return {
        "appointment": appointment,
        "caregiver": caregiver,
        "profession": professions_of([caregiver.id]).get(caregiver.id, ""),
        "bubble": bubble,
        "zone": bubble.time_zone,
        "patient": appointment.enrolment.patient,
        "type": appointment.consultation_type,
        "mode": mode_words(appointment.consultation_type.mode),
        "is_keeper": appointment.caregiver_id == actor.id,
        "is_cancelled": appointment.status is AppointmentStatus.CANCELLED,
        "can_cancel": is_coming,
        "can_change": is_coming and now <= limit,
        "limit": limit,
        "has_limit": limit < appointment.starts_at,
        "seconds_left": seconds_left(appointment),
    }


def seconds_left(appointment: Appointment) -> int:
    """Return how long the hour is kept still; never negative."""
    if appointment.held_until is None:
        return 0
    return max(0, int((appointment.held_until - clock.now()).total_seconds()))


def hold_notice(actor: User | Anonymous) -> Markup | None:
    """Fill the slot « page_notice »: an hour that is kept and not confirmed, on every page."""
    if isinstance(actor, Anonymous) or request.endpoint in {
        "scheduling.confirm",
        "scheduling.confirmed",
    }:
        return None
    hold = get_hold_of(actor) if frame().has_hold else None
    if hold is None:
        return None
    part = render_template("scheduling/_hold_notice.html", **facts(actor, hold))
    return Markup(part)  # noqa: S704  (a template of ours, escaped already)


def appointments_tab(actor: User) -> Tab | None:
    """Fill the slot « nav_tab », for people who are not staff."""
    if frame().is_staff:
        return None
    url = url_for("scheduling.appointments")
    return Tab("rdv", url, _("Appointments"), "calendar-days", rank=20)
