"""The page behind the link of a message: no session, the minimum shown, a change only on POST.

Whoever holds the link may act: no cookie is read, so no other site can borrow anybody's rights. The
form carries a proof bound to the link and to the appointment as it was shown: a page that has
become old changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import clock, rate_limit, tokens
from core.errors import NotFoundError
from core.extensions import csrf
from core.rate_limit import RateLimit
from core.web import cookieless
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.vocabulary import mode_words
from scheduling.appointments.errors import NotOfferedError, SlotTakenError
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.policy import LinkHolder
from scheduling.appointments.rules import limit_of, service_of
from scheduling.appointments.views.hours_page import Frame, Hours, lay_out_hours
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.blueprint import bp
from scheduling.calendars.views.calendar_file import calendar_file
from scheduling.notices.forms import MessageLinkForm
from scheduling.notices.queries.links import find_link
from security.addresses import network_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from scheduling.appointments.models import Appointment

GUESSES = RateLimit("appointment_link_guesses", 20, timedelta(minutes=1))
ACTS = RateLimit("appointment_link_acts", 20, timedelta(hours=1))
NOBODY = 0
"""Whose other appointments are shown: nobody's, to whoever holds a link."""


@bp.get("/r/<token>")
@cookieless
def message_link(token: str) -> ResponseReturnValue:
    return _page("scheduling/link_page.html", token, _appointment(token))


@bp.get("/r/<token>/rendez-vous.ics")
@cookieless
def message_link_ics(token: str) -> ResponseReturnValue:
    return calendar_file(_appointment(token))


@bp.route("/r/<token>/annulation", methods=["GET", "POST"])
@cookieless
def cancel_by_link(token: str) -> ResponseReturnValue:
    appointment = _appointment(token)
    if request.method == "GET" or not _is_proved(token, appointment):
        return _page("scheduling/link_cancel.html", token, appointment)
    rate_limit.hit(ACTS, token)
    cancel_appointment(LinkHolder(appointment.id), appointment)
    return redirect(url_for("scheduling.message_link", token=token, fait="annule"))


@bp.route("/r/<token>/deplacement", methods=["GET", "POST"])
@cookieless
def move_by_link(token: str) -> ResponseReturnValue:
    appointment = _appointment(token)
    if request.method == "GET" or not _is_proved(token, appointment):
        return _hours_page(token, appointment)
    rate_limit.hit(ACTS, token)
    starts_at = MessageLinkForm().heure.data
    if starts_at is None:
        return _hours_page(token, appointment, refusal=_("Choose an hour."), status=422)
    try:
        move_appointment(LinkHolder(appointment.id), appointment, starts_at=starts_at)
    except (SlotTakenError, NotOfferedError) as error:
        words, status = str(error.message), error.status
        return _hours_page(token, appointment, refusal=words, wanted=starts_at, status=status)
    return redirect(url_for("scheduling.message_link", token=token, fait="deplace"))


def _appointment(token: str) -> Appointment:
    """Find what the link opens; unknown, dead and never promised are answered alike."""
    link = find_link(token)
    if link is None:
        rate_limit.hit_network(GUESSES, network_of(request.remote_addr))
        raise NotFoundError
    return link.appointment


def _page(
    template: str, token: str, appointment: Appointment, *, status: int = 200, **more: object
) -> ResponseReturnValue:
    bubble, limit = appointment.enrolment.bubble, limit_of(appointment)
    is_on_site = appointment.consultation_type.mode == "on_site"
    is_coming = (
        appointment.status is AppointmentStatus.BOOKED and clock.now() < appointment.starts_at
    )
    page = render_template(
        template,
        token=token,
        starts_at=appointment.starts_at,
        zone=bubble.time_zone,
        given_name=appointment.enrolment.patient.called,
        place=bubble.address if is_on_site else mode_words(appointment.consultation_type.mode),
        phone=bubble.contact_phone,
        is_cancelled=appointment.status is AppointmentStatus.CANCELLED,
        is_coming=is_coming,
        can_change=is_coming and clock.now() <= limit,
        limit=limit,
        has_limit=limit < appointment.starts_at,
        done=request.args.get("fait"),
        is_old=request.method == "POST" and not _is_proved(token, appointment),
        proof=_proof(token, appointment),
        **more,
    )
    return page, status


def _hours_page(
    token: str,
    appointment: Appointment,
    *,
    refusal: str = "",
    wanted: datetime | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    frame = Frame(
        action=url_for("scheduling.move_by_link", token=token),
        url=partial(url_for, "scheduling.move_by_link", token=token),
        fields={"preuve": _proof(token, appointment)},
        refusal=refusal,
        wanted=wanted,
    )
    return _page(
        "scheduling/link_move.html",
        token,
        appointment,
        hours=_hours(appointment, frame),
        has_errors=bool(refusal),
        status=status,
    )


def _hours(appointment: Appointment, frame: Frame) -> Hours | None:
    try:
        service = service_of(appointment, is_online=True)
    except NotBookableError:
        return None
    return lay_out_hours(service, NOBODY, frame, moved=appointment)


def _proof(token: str, appointment: Appointment) -> str:
    """Return what the form must send back: it tells this appointment as it stands."""
    key = str(current_app.secret_key)
    return tokens.keyed_hash(key, "appointment-link", token, str(appointment.sequence))


def _is_proved(token: str, appointment: Appointment) -> bool:
    return tokens.same(MessageLinkForm().preuve.data or "", _proof(token, appointment))


for view in (cancel_by_link, move_by_link):
    csrf.exempt(view)  # whose form carries its own proof: a session would be needed for ours
