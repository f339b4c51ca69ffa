"""The waiting list, for who waits: joining, one's place, the hour that is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from caregiver.queries import caregiver_choices
from core import clock, reading
from core.authorization import Anonymous
from core.errors import NotFoundError
from core.frame import frame
from core.web import signed_in
from patient.operations.relatives import place_relative
from patient.policy import acts_for
from patient.queries.places import get_enrolment_for, list_followers
from patient.queries.relatives import get_guarded_by
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.queries.bookable import get_service
from scheduling.agendas.queries.settings import get_type
from scheduling.appointments.errors import NotOfferedError, SlotTakenError
from scheduling.appointments.forms.offered import AnswerForm
from scheduling.appointments.queries.answers import has_unanswered
from scheduling.appointments.queries.appointments import get_appointment_for
from scheduling.appointments.queries.choices import Choice, choice_of
from scheduling.appointments.views.choice import carried, read_choice, read_seen
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.blueprint import bp
from scheduling.waiting_list.errors import OfferEndedError, WrongWishError
from scheduling.waiting_list.forms import ANYBODY, WishForm
from scheduling.waiting_list.operations.entries import (
    Wish,
    join_waiting_list,
    leave_waiting_list,
    refuse_offer,
    take_offer,
)
from scheduling.waiting_list.queries import (
    find_entry,
    get_entry_for,
    get_offer_of_waiting,
    list_entries_of,
    list_open_offers_of,
    map_places,
    place_of,
    replaced_by,
)
from scheduling.waiting_list.vocabulary import OfferAnswer

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from scheduling.agendas.models import ConsultationType
    from scheduling.appointments.models import Appointment
    from scheduling.waiting_list.models import WaitingListOffer
    from security.models import User


@bp.get("/rendez-vous/liste-d-attente")
def waiting_list() -> ResponseReturnValue:
    actor = signed_in()
    entries = list_entries_of(actor)
    now, places = clock.now(), map_places([entry.id for entry in entries])
    return render_template(
        "scheduling/waiting_list.html",
        entries=[(entry, places[entry.id], replaced_by(entry, now)) for entry in entries],
        offers=list_open_offers_of(actor),
    )


@bp.route("/rendez-vous/liste-d-attente/inscription", methods=["GET", "POST"])
def wait() -> ResponseReturnValue:
    """Join for what the address says: a booking under way, or an appointment that stands."""
    choice, kind, appointment = _wanted()
    form = WishForm()
    people = [user for user in list_followers(choice.enrolment.id) if user in kind.caregivers]
    chosen = str(choice.caregiver.id)
    form.offer([(str(key), name) for key, name in caregiver_choices(people)], chosen=chosen)
    if not form.validate_on_submit():
        return _wait_page(form, choice, kind, appointment, status=422 if form.errors else 200)
    actor = signed_in()
    enrolment = get_enrolment_for(actor, choice.enrolment.id)
    if choice.needs_place:
        patient = get_guarded_by(actor, choice.patient.id)
        enrolment = place_relative(
            actor, enrolment, patient=patient, caregiver_id=choice.caregiver.id
        )
    try:
        entry = join_waiting_list(
            actor,
            enrolment,
            consultation_type=kind,
            appointment=appointment,
            wish=Wish(
                caregiver_id=None if form.avec.data == ANYBODY else reading.row_id(form.avec.data),
                not_before=form.du.data,
                not_after=form.au.data,
            ),
        )
    except (WrongWishError, NotBookableError) as error:
        refusal = str(error.message)
        return _wait_page(form, choice, kind, appointment, status=error.status, refusal=refusal)
    flash(
        _("You are on the waiting list. We will write to you when an earlier hour is free."), "ok"
    )
    return redirect(url_for("scheduling.waiting_entry", entry_id=entry.id))


def _wanted() -> tuple[Choice, ConsultationType, Appointment | None]:
    actor, number = signed_in(), request.args.get("rdv")
    if number:
        appointment = get_appointment_for(actor, reading.row_id(number))
        if not acts_for(actor, appointment.enrolment):
            raise NotFoundError
        if appointment.status is AppointmentStatus.CANCELLED:
            raise NotFoundError
        is_kept = appointment.status is AppointmentStatus.BOOKED
        return (
            choice_of(actor, appointment),
            appointment.consultation_type,
            appointment if is_kept else None,
        )
    choice = read_choice(request.args)
    kind = get_type(reading.row_id(request.args.get("type")))
    if kind is None or kind.bubble_id != choice.enrolment.bubble_id:
        raise NotFoundError
    is_new = read_seen(choice, request.args)
    get_service(  # the list is no way around who may book
        choice.enrolment.id, choice.caregiver.id, kind.id, is_new=True if is_new is None else is_new
    )
    return choice, kind, None


def _wait_page(
    form: WishForm,
    choice: Choice,
    kind: ConsultationType,
    appointment: Appointment | None,
    *,
    status: int = 200,
    refusal: str = "",
) -> ResponseReturnValue:
    known = find_entry(choice.enrolment.id, kind.id)
    if known is not None and not form.is_submitted():
        form.avec.data = str(known.caregiver_id) if known.caregiver_id else ANYBODY
        form.du.data, form.au.data = known.not_before, known.not_after
    kept = carried(request.args)
    page = render_template(
        "scheduling/wait.html",
        form=form,
        choice=choice,
        type=kind,
        appointment=appointment,
        known=known,
        refusal=refusal,
        zone=choice.enrolment.bubble.time_zone,
        action=url_for("scheduling.wait", rdv=request.args.get("rdv"), **kept),
        step_back=(
            url_for("scheduling.show", appointment_id=appointment.id)
            if appointment is not None
            else url_for("scheduling.choose_time", **kept)
            if kept
            else url_for("scheduling.appointments")
        ),
    )
    return page, status


@bp.get("/rendez-vous/liste-d-attente/<int:entry_id>")
def waiting_entry(entry_id: int) -> ResponseReturnValue:
    entry = get_entry_for(signed_in(), entry_id)
    offers = [offer for offer in list_open_offers_of(signed_in()) if offer.entry_id == entry_id]
    return render_template(
        "scheduling/waiting_entry.html",
        entry=entry,
        place=place_of(entry),
        replaced=replaced_by(entry, clock.now()),
        zone=entry.enrolment.bubble.time_zone,
        offers=offers,
    )


@bp.post("/rendez-vous/liste-d-attente/<int:entry_id>/retrait")
def stop_waiting(entry_id: int) -> ResponseReturnValue:
    leave_waiting_list(signed_in(), get_entry_for(signed_in(), entry_id))
    flash(_("You wait no more. Your appointments stay as they are."), "ok")
    return redirect(url_for("scheduling.appointments"))


@bp.route("/rendez-vous/heures-proposees/<int:offer_id>", methods=["GET", "POST"])
def offered_hour(offer_id: int) -> ResponseReturnValue:
    actor = signed_in()
    offer = get_offer_of_waiting(actor, offer_id)
    if request.method == "GET":
        return _offer_page(offer)
    is_taken = AnswerForm().reponse.data
    if is_taken is False:
        refuse_offer(actor, offer)
        flash(_("The hour goes to the next person. You stay on the waiting list."), "ok")
        return redirect(url_for("scheduling.waiting_list"))
    if not is_taken:
        return _offer_page(offer, status=422)
    try:
        taken = take_offer(actor, offer)
    except (OfferEndedError, NotBookableError, SlotTakenError, NotOfferedError):
        return _offer_page(get_offer_of_waiting(actor, offer_id), status=409, is_gone=True)
    if has_unanswered(taken):
        flash(_("This hour is yours. A few questions are left to answer before you come."), "ok")
        return redirect(url_for("scheduling.answer_questions", appointment_id=taken.id))
    return redirect(url_for("scheduling.confirmed", appointment_id=taken.id))


def _offer_page(
    offer: WaitingListOffer, *, status: int = 200, is_gone: bool = False
) -> ResponseReturnValue:
    now = clock.now()
    is_open = offer.answered_at is None and now < offer.expires_at and not is_gone
    page = render_template(
        "scheduling/offered_hour.html",
        offer=offer,
        entry=offer.entry,
        caregiver=offer.caregiver,
        zone=offer.entry.enrolment.bubble.time_zone,
        bubble=offer.entry.enrolment.bubble,
        replaced=replaced_by(offer.entry, now),
        is_open=is_open,
        is_taken=offer.answer is OfferAnswer.TAKEN,
        taken=offer.entry.appointment,
    )
    return page, status


def offer_notice(actor: User | Anonymous) -> Markup | None:
    """Fill the slot « page_notice »: an earlier hour that is kept for somebody, on every page."""
    if isinstance(actor, Anonymous) or request.endpoint == "scheduling.offered_hour":
        return None
    offers = list_open_offers_of(actor) if frame().has_offer else []
    if not offers:
        return None
    part = render_template("scheduling/_offer_notice.html", offer=offers[0])
    return Markup(part)  # noqa: S704  (a template of ours, escaped already)
