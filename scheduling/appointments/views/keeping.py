"""One appointment, for its caregiver: who, why, its life; moving, cancelling, marking it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from core import clock, tokens, wording
from core.errors import NotFoundError
from core.web import signed_in
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.forms.fields import KeyForm
from scheduling.agendas.vocabulary import mode_words
from scheduling.appointments.errors import (
    BegunError,
    NotOfferedError,
    NotStandingError,
    RuleBrokenError,
    SlotTakenError,
)
from scheduling.appointments.forms.keeping import CancelForm, MarkForm, MoveForm
from scheduling.appointments.operations.attendance import mark_attendance
from scheduling.appointments.operations.booking_for import book_for
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.queries.answers import list_answers
from scheduling.appointments.queries.appointments import get_appointment_for
from scheduling.appointments.queries.diary import (
    count_series,
    list_changes,
)
from scheduling.appointments.queries.free import list_free_slots, nearest_slots
from scheduling.appointments.rules import service_of
from scheduling.appointments.views.proposal import open_proposal
from scheduling.appointments.vocabulary import (
    AppointmentStatus,
    Attendance,
    ChangeKind,
    violation_words,
)
from scheduling.blueprint import bp
from scheduling.time.slots import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from scheduling.agendas.queries.bookable import BookableService
    from scheduling.appointments.models import Appointment
    from scheduling.time.vocabulary import Violation

DAYS_OF_HOURS = 14
HOURS_SHOWN = 24


@bp.get("/agenda/rendez-vous/<int:appointment_id>")
def kept(appointment_id: int) -> ResponseReturnValue:
    appointment = _get(appointment_id)
    return render_template("scheduling/kept.html", **_facts(appointment))


@bp.route("/agenda/rendez-vous/<int:appointment_id>/deplacer", methods=["GET", "POST"])
def move_kept(appointment_id: int) -> ResponseReturnValue:
    actor, appointment = signed_in(), _get(appointment_id)
    zone = appointment.enrolment.bubble.time_zone
    if appointment.status is not AppointmentStatus.BOOKED or _has_begun(appointment):
        return redirect(url_for("scheduling.kept", appointment_id=appointment_id))
    form = MoveForm(zone)
    if not form.validate_on_submit():
        return _move_page(appointment, form, status=422 if form.errors else 200)
    starts_at = form.starts_at
    assert starts_at is not None  # noqa: S101  (validated)
    try:
        move_appointment(actor, appointment, starts_at=starts_at, override=form.override)
    except RuleBrokenError as error:
        return _move_page(appointment, form, status=409, broken=error.violations)
    except (SlotTakenError, NotBookableError, NotOfferedError) as error:
        return _move_page(appointment, form, status=error.status, refusal=str(error.message))
    except (NotStandingError, BegunError) as error:
        flash(str(error.message), "warn")
        return redirect(url_for("scheduling.kept", appointment_id=appointment_id))
    flash(
        _(
            "The appointment is moved to %(when)s. The patient has been told by e-mail.",
            when=wording.day_and_hour(starts_at, zone),
        ),
        "ok",
    )
    return redirect(url_for("scheduling.kept", appointment_id=appointment_id))


@bp.route("/agenda/rendez-vous/<int:appointment_id>/annuler", methods=["GET", "POST"])
def cancel_kept(appointment_id: int) -> ResponseReturnValue:
    actor, appointment = signed_in(), _get(appointment_id)
    if appointment.status is not AppointmentStatus.BOOKED or _has_begun(appointment):
        return redirect(url_for("scheduling.kept", appointment_id=appointment_id))
    form = CancelForm()
    if not form.validate_on_submit():
        page = render_template("scheduling/cancel_kept.html", form=form, **_facts(appointment))
        return page, 422 if form.errors else 200
    cancel_appointment(actor, appointment, reason=form.reason.data or "")
    flash(_("The appointment is cancelled. The patient has been told by e-mail."), "ok")
    return redirect(url_for("scheduling.kept", appointment_id=appointment_id))


@bp.post("/agenda/rendez-vous/<int:appointment_id>/reprendre")
def take_again(appointment_id: int) -> ResponseReturnValue:
    """Make a new appointment at the hour of a cancelled one, where it is free still."""
    actor, appointment = signed_in(), _get(appointment_id)
    if appointment.status is not AppointmentStatus.CANCELLED:
        return redirect(url_for("scheduling.kept", appointment_id=appointment_id))
    try:
        booked = book_for(
            actor,
            appointment.enrolment,
            consultation_type=appointment.consultation_type,
            hours=[appointment.starts_at],
            override=appointment.overridden_rule or "",
            key=KeyForm().cle.data,
        )
    except (SlotTakenError, RuleBrokenError, NotOfferedError, NotBookableError) as error:
        flash(str(error.message), "warn")
        return redirect(url_for("scheduling.kept", appointment_id=appointment_id))
    flash(_("A new appointment is made at this hour. The patient has been told by e-mail."), "ok")
    return redirect(url_for("scheduling.kept", appointment_id=booked.id))


@bp.post("/agenda/rendez-vous/<int:appointment_id>/venue")
def mark_kept(appointment_id: int) -> ResponseReturnValue:
    actor, appointment = signed_in(), _get(appointment_id)
    form = MarkForm()
    if not form.validate():
        raise NotFoundError
    said = {"oui": Attendance.FULFILLED, "non": Attendance.NOSHOW, "": None}
    mark_attendance(actor, appointment, attendance=said[form.venue.data])
    words = {
        "oui": _("Noted: the patient came."),
        "non": _("Noted: the patient did not come."),
        "": _("What was noted is taken back."),
    }
    flash(words[form.venue.data], "ok")
    return redirect(url_for("scheduling.kept", appointment_id=appointment_id))


def _get(appointment_id: int) -> Appointment:
    """Return one of the caregiver's own appointments: this page is nobody else's."""
    actor = signed_in()
    appointment = get_appointment_for(actor, appointment_id)
    if appointment.caregiver_id != actor.id or not appointment.is_known_to_caregiver:
        raise NotFoundError
    return appointment


def _facts(appointment: Appointment) -> dict[str, Any]:
    is_booked = appointment.status is AppointmentStatus.BOOKED
    has_begun = _has_begun(appointment)
    zone = appointment.enrolment.bubble.time_zone
    return {
        "appointment": appointment,
        "patient": appointment.enrolment.patient,
        "bubble": appointment.enrolment.bubble,
        "zone": zone,
        "type": appointment.consultation_type,
        "mode": mode_words(appointment.consultation_type.mode),
        "is_booked": is_booked,
        "has_begun": has_begun,
        "can_change": is_booked and not has_begun,
        "can_mark": is_booked and has_begun,
        "can_take_again": not is_booked and clock.now() < appointment.starts_at,
        "changes": list_changes(appointment),
        "change_words": _change_words(),
        "answers": list_answers(appointment.id),
        "proposal": open_proposal(appointment),
        "again_key": tokens.new_token(),
        "series_count": count_series(appointment),
        "day": wording.in_zone(appointment.starts_at, zone).date(),
    }


def _move_page(
    appointment: Appointment,
    form: MoveForm,
    *,
    status: int,
    refusal: str = "",
    broken: Sequence[Violation] = (),
) -> ResponseReturnValue:
    wanted = form.starts_at if form.is_submitted() else None
    try:
        service = service_of(appointment)
        hours = _hours_around(service, appointment, wanted)
    except NotBookableError as error:
        refusal, hours = refusal or str(error.message), []
    page = render_template(
        "scheduling/move_kept.html",
        form=form,
        hours=hours,
        refusal=refusal,
        broken=[violation_words(violation) for violation in broken],
        wanted=wanted,
        **_facts(appointment),
    )
    return page, status


def _hours_around(
    service: BookableService, appointment: Appointment, wanted: datetime | None
) -> list[datetime]:
    """Return free hours: the nearest to the one that is not, else those of the coming days."""
    if wanted is not None:
        return nearest_slots(service, wanted, count=6, but=[appointment.id])
    now = clock.now()
    soon = Window(now, now + timedelta(days=DAYS_OF_HOURS))
    free = list_free_slots(service, soon, but=[appointment.id])
    return [hour for hour in free if hour != appointment.starts_at][:HOURS_SHOWN]


def _has_begun(appointment: Appointment) -> bool:
    return bool(clock.now() >= appointment.starts_at)


def _change_words() -> dict[ChangeKind, str]:
    return {
        ChangeKind.BOOKED: _("Booked"),
        ChangeKind.MOVED: _("Moved"),
        ChangeKind.CANCELLED: _("Cancelled"),
        ChangeKind.FULFILLED: _("Noted: came"),
        ChangeKind.NOSHOW: _("Noted: did not come"),
        ChangeKind.CLOCK_CHANGED: _("The time zone of the place changed"),
    }
