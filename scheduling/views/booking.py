"""Booking, one question a page: with whom, for what, when; then confirming what is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from caregiver.queries import professions_of
from core import clock
from core.errors import NotFoundError
from core.web import current_actor
from patient.policy import acts_for
from patient.queries import get_enrolment_for, list_enrolments_of, map_followers
from scheduling.errors import HoldEndedError, NotBookableError, NotOfferedError, SlotTakenError
from scheduling.forms.booking import CaregiverForm, KindForm, TimeForm
from scheduling.operations.appointments import (
    HOLD,
    confirm_appointment,
    extend_hold,
    give_up_hold,
    hold_slot,
)
from scheduling.queries.appointments import get_appointment_for, get_hold_of
from scheduling.queries.free import nearest_slots
from scheduling.queries.offers import (
    Offer,
    bookable_caregivers,
    get_offer,
    list_offers,
)
from scheduling.queries.settings import get_type
from scheduling.views.appointments import facts
from scheduling.views.blueprint import bp
from scheduling.views.calendar_page import Shown, show_slots
from scheduling.vocabulary import AppointmentStatus, mode_words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@dataclass(frozen=True)
class Choice:
    """Who is booked for, and with whom: what an address carries as « 3-12 »."""

    enrolment: Any
    caregiver: Any

    @property
    def value(self) -> str:
        """Return what the address carries."""
        return f"{self.enrolment.id}-{self.caregiver.id}"


def steps() -> list[str]:
    """Name the questions."""
    return [_("With whom"), _("What for"), _("Day and hour"), _("Confirmation")]


@bp.get("/rendez-vous/nouveau")
def choose_caregiver() -> ResponseReturnValue:
    return _caregiver_page(CaregiverForm(request.args))


@bp.get("/rendez-vous/nouveau/type")
def choose_type() -> ResponseReturnValue:
    """Ask what for; an address without a caregiver asks with whom again."""
    if not request.args.get("avec"):
        form = CaregiverForm(MultiDict())
        form.avec.choices = []
        form.validate()
        return _caregiver_page(form)
    return _type_page(KindForm(request.args))


@bp.route("/rendez-vous/nouveau/heure", methods=["GET", "POST"])
def choose_time() -> ResponseReturnValue:
    if request.method == "GET":
        if not request.args.get("type"):
            form = KindForm(MultiDict())
            form.type.choices = []
            form.validate()
            return _type_page(form)
        return _time_page(TimeForm(request.args, meta={"csrf": True}))
    form = TimeForm()
    if not form.validate():
        return _time_page(form, status=422)
    return _hold(form)


@bp.route("/rendez-vous/<int:appointment_id>/confirmation", methods=["GET", "POST"])
def confirm(appointment_id: int) -> ResponseReturnValue:
    actor = current_actor()
    appointment = get_appointment_for(actor, appointment_id)
    if request.method == "GET":
        return _confirm_page(actor, appointment)
    try:
        confirm_appointment(actor, appointment)
    except HoldEndedError as error:
        return _again(appointment, str(error.message))
    return redirect(url_for("scheduling.confirmed", appointment_id=appointment_id))


@bp.get("/rendez-vous/<int:appointment_id>/confirme")
def confirmed(appointment_id: int) -> ResponseReturnValue:
    actor = current_actor()
    appointment = get_appointment_for(actor, appointment_id)
    if appointment.status is not AppointmentStatus.CONFIRMED:
        return redirect(url_for("scheduling.show", appointment_id=appointment_id))
    return render_template("scheduling/confirmed.html", **facts(actor, appointment))


@bp.post("/rendez-vous/<int:appointment_id>/prolongation")
def extend(appointment_id: int) -> ResponseReturnValue:
    actor = current_actor()
    appointment = get_appointment_for(actor, appointment_id)
    extend_hold(actor, appointment)
    return redirect(url_for("scheduling.confirm", appointment_id=appointment_id))


@bp.post("/rendez-vous/<int:appointment_id>/abandon")
def give_up(appointment_id: int) -> ResponseReturnValue:
    actor = current_actor()
    appointment = get_appointment_for(actor, appointment_id)
    give_up_hold(actor, appointment)
    flash(_("This hour is no longer kept. Nobody was told, and nothing was booked."), "ok")
    return redirect(url_for("scheduling.appointments"))


# ── With whom ─────────────────────────────────────────────────────────────────────────────────


def _caregiver_page(form: CaregiverForm) -> ResponseReturnValue:
    actor = current_actor()
    enrolments = list_enrolments_of(actor)
    followers = map_followers([enrolment.id for enrolment in enrolments])
    bookable = bookable_caregivers(followers)
    choices = [Choice(one, user) for one in enrolments for user in followers.get(one.id, [])]
    professions = professions_of({choice.caregiver.id for choice in choices})
    form.avec.choices = [(choice.value, choice.caregiver.display_name) for choice in choices]
    several = len({choice.enrolment.patient_id for choice in choices}) > 1
    page = render_template(
        "scheduling/choose_caregiver.html",
        steps=steps(),
        form=form,
        choices_made=choices,
        subs={one.value: _about(one, professions, several) for one in choices},
        disabled={
            one.value: _not_online(one)
            for one in choices
            if (one.enrolment.id, one.caregiver.id) not in bookable
        },
        hold=get_hold_of(actor),
    )
    return page, 422 if form.errors else 200


def _about(choice: Choice, professions: dict[int, str], several: bool) -> str:  # noqa: FBT001
    words = [professions.get(choice.caregiver.id, ""), choice.enrolment.bubble.name]
    if several:
        words.append(_("for %(name)s", name=choice.enrolment.patient.name))
    return ", ".join(word for word in words if word)


def _not_online(choice: Choice) -> str:
    phone = choice.enrolment.bubble.contact_phone
    if phone:
        return str(_("No booking online for now. You can call %(phone)s.", phone=phone))
    return str(_("No booking online for now."))


def _choice(typed: str | None) -> Choice:
    """Read « 3-12 »: a place of somebody whom one acts for, and who follows them there."""
    enrolment_id, _dash, caregiver_id = (typed or "").partition("-")
    actor = current_actor()
    enrolment = get_enrolment_for(actor, _id(enrolment_id))
    if not acts_for(actor, enrolment):
        raise NotFoundError
    for user in map_followers([enrolment.id]).get(enrolment.id, []):
        if user.id == _id(caregiver_id):
            return Choice(enrolment, user)
    raise NotFoundError


def _id(typed: str | None) -> int:
    """Read an id of our own writing; anything else is nobody's."""
    if not (typed and typed.isascii() and typed.isdigit() and len(typed) < 10):  # noqa: PLR2004  (of 32 bits)
        raise NotFoundError
    return int(typed)


# ── What for ──────────────────────────────────────────────────────────────────────────────────


def _type_page(form: KindForm) -> ResponseReturnValue:
    choice = _choice(request.args.get("avec"))
    offers = list_offers(choice.enrolment.id, choice.caregiver.id)
    form.type.choices = [(str(offer.type_id), offer.name) for offer in offers]
    if len(offers) == 1 and not form.type.data:
        form.type.data = str(offers[0].type_id)
    page = render_template(
        "scheduling/choose_type.html",
        steps=steps(),
        form=form,
        choice=choice,
        profession=_profession(choice),
        offers=offers,
        mode_words=mode_words,
    )
    return page, 422 if form.errors else 200


def _profession(choice: Choice) -> str:
    return professions_of([choice.caregiver.id]).get(choice.caregiver.id, "")


# ── When ──────────────────────────────────────────────────────────────────────────────────────


def _time_page(
    form: TimeForm, *, status: int = 200, refusal: str = "", wanted: datetime | None = None
) -> ResponseReturnValue:
    actor, choice = current_actor(), _choice(form.avec.data)
    try:
        offer = _offer(choice, form.type.data)
    except NotBookableError as error:
        flash(str(error.message), "warn")
        return redirect(url_for("scheduling.choose_type", avec=choice.value))
    nearest = nearest_slots(offer, wanted, for_user_id=actor.id) if wanted else []
    shown: Shown = show_slots(offer, request.args, for_user_id=actor.id)
    page = render_template(
        "scheduling/choose_time.html",
        steps=steps(),
        form=form,
        choice=choice,
        profession=_profession(choice),
        offer=offer,
        mode=mode_words(offer.mode),
        shown=shown,
        chosen=_instant(form.heure.data),
        refusal=refusal,
        nearest=nearest,
        key=form.cle.data if not refusal else TimeForm(MultiDict(), meta={"csrf": False}).cle.data,
        has_errors=bool(refusal or form.errors),
    )
    return page, status


def _offer(choice: Choice, type_id: str | None) -> Offer:
    return get_offer(choice.enrolment.id, choice.caregiver.id, _id(type_id))


def _hold(form: TimeForm) -> ResponseReturnValue:
    choice, starts_at = _choice(form.avec.data), _instant(form.heure.data)
    consultation_type = get_type(_id(form.type.data))
    if consultation_type is None:
        raise NotFoundError
    if starts_at is None:
        return _time_page(form, status=422, refusal=_("Choose an hour."))
    try:
        held = hold_slot(
            current_actor(),
            choice.enrolment,
            consultation_type=consultation_type,
            caregiver=choice.caregiver,
            starts_at=starts_at,
            key=form.cle.data,
        )
    except (SlotTakenError, NotOfferedError) as error:
        return _time_page(form, status=error.status, refusal=str(error.message), wanted=starts_at)
    except NotBookableError as error:
        flash(str(error.message), "warn")
        return redirect(url_for("scheduling.choose_type", avec=choice.value))
    return redirect(url_for("scheduling.confirm", appointment_id=held.id))


def _instant(typed: str | None) -> datetime | None:
    """Read an instant from an address; one without a zone is none."""
    try:
        moment = datetime.fromisoformat((typed or "").replace(" ", "+"))
    except ValueError:
        return None
    # The weeks around it must exist too.
    return moment if moment.tzinfo is not None and 1970 < moment.year < 9000 else None  # noqa: PLR2004


# ── Confirming ────────────────────────────────────────────────────────────────────────────────


def _confirm_page(actor: Any, appointment: Any) -> ResponseReturnValue:
    if appointment.status is AppointmentStatus.CONFIRMED:
        return redirect(url_for("scheduling.show", appointment_id=appointment.id))
    return render_template(
        "scheduling/confirm.html",
        steps=steps(),
        is_over=not appointment.is_live_hold(clock.now()),
        is_gone=appointment.status is AppointmentStatus.CANCELLED,
        seconds_total=int(HOLD.total_seconds()),
        step_back=_step_back(appointment),
        **facts(actor, appointment),
    )


def _step_back(appointment: Any) -> str:
    """Return the address of the hours, with every answer given so far."""
    return url_for(
        "scheduling.choose_time",
        avec=f"{appointment.enrolment_id}-{appointment.caregiver_id}",
        type=appointment.consultation_type_id,
        heure=appointment.starts_at.isoformat(),
    )


def _again(appointment: Any, refusal: str) -> ResponseReturnValue:
    """Show the hours again, with the answers, where the held one was lost."""
    answers = {
        "avec": f"{appointment.enrolment_id}-{appointment.caregiver_id}",
        "type": str(appointment.consultation_type_id),
    }
    form = TimeForm(MultiDict(answers))
    return _time_page(form, status=409, refusal=refusal, wanted=appointment.starts_at)
