"""Booking, one question a page: for whom, with whom, seen before, for what.

What has one answer only is not asked, but can be gone back to (« revoir » in the address).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from core import reading, wording
from core.authorization import INSTANCE
from core.errors import ConflictError
from core.web import signed_in
from patient.forms import RelativeForm
from patient.operations.relatives import add_relative
from patient.queries.places import get_own_patient, list_enrolments_of
from patient.queries.relatives import get_guarded_by, list_relatives_of
from scheduling.agendas.queries.bookable import bookable_caregivers, list_services
from scheduling.agendas.vocabulary import NO, YES, mode_words
from scheduling.appointments.queries.appointments import get_hold_of
from scheduling.appointments.queries.choices import Choice, list_choices
from scheduling.appointments.views.choice import (
    carried,
    read_choice,
    read_seen,
    seen_value,
)
from scheduling.blueprint import bp
from scheduling.booking.forms import booking as forms
from scheduling.booking.views.steps import steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

    from patient.models import Patient
    from security.models import User

SOMEBODY_ELSE = "autre"


# ── For whom ──────────────────────────────────────────────────────────────────────────────────


@bp.get("/rendez-vous/nouveau")
def choose_patient() -> ResponseReturnValue:
    return _patient_page(forms.PatientForm(request.args))


def _patient_page(form: forms.PatientForm) -> ResponseReturnValue:
    actor = signed_in()
    own, relatives = get_own_patient(actor), list_relatives_of(actor)
    people = [person for person in (own, *relatives) if person is not None]
    form.pour.choices = [
        *((str(own.id), _("For me")) for own in [own] if own is not None),
        *wording.told_apart(
            (str(relative.id), relative.name, wording.full_day(relative.birth_date))
            for relative in relatives
        ),
        (SOMEBODY_ELSE, _("For somebody else")),
    ]
    if not form.pour.data and own is not None:
        form.pour.data = str(own.id)
    page = render_template(
        "scheduling/choose_patient.html",
        at=steps("who", _usual_choice(actor, own)),
        form=form,
        people=people,
        own=own,
        else_value=SOMEBODY_ELSE,
        kept=carried(request.args, pour=None),
        hold=get_hold_of(actor),
        can_book=bool(list_enrolments_of(actor)),
    )
    return page, 422 if form.errors else 200


def _usual_choice(actor: User, own: Patient | None) -> Choice | None:
    """Return with whom somebody books if they book for themselves, where it can be one only."""
    choices = list_choices(actor, own.id) if own is not None else []
    return choices[0] if len(choices) == 1 else None


@bp.route("/rendez-vous/nouveau/proche", methods=["GET", "POST"])
def add_for_booking() -> ResponseReturnValue:
    """Add a relative in the middle of a booking; the booking goes on with them."""
    form = RelativeForm()
    if not form.is_submitted():
        form.suggest_address(get_own_patient(signed_in()))
        return _relative_page(form)
    if not form.validate():
        return _relative_page(form, status=422)
    try:
        added = add_relative(signed_in(), INSTANCE, form.civil_identity(), key=form.key.data)
    except ConflictError as error:
        return _relative_page(form, status=error.status, refusal=str(error.message))
    return redirect(
        url_for("scheduling.choose_caregiver", **carried(request.args, pour=added.id, vu=None))
    )


def _relative_page(
    form: RelativeForm, *, status: int = 200, refusal: str = ""
) -> ResponseReturnValue:
    page = render_template(
        "scheduling/add_relative.html",
        at=steps("who"),
        form=form,
        refusal=refusal,
        kept=carried(request.args, pour=None),
    )
    return page, status


# ── With whom ─────────────────────────────────────────────────────────────────────────────────


@bp.get("/rendez-vous/nouveau/avec")
def choose_caregiver() -> ResponseReturnValue:
    if request.args.get("pour") == SOMEBODY_ELSE:
        kept = carried(request.args, pour=None)
        return redirect(url_for("scheduling.add_for_booking", **kept))
    if not request.args.get("pour"):
        return _patient_page(forms.PatientForm.unanswered())
    return _caregiver_page(forms.CaregiverForm(request.args))


def _caregiver_page(form: forms.CaregiverForm) -> ResponseReturnValue:
    patient = get_guarded_by(signed_in(), reading.row_id(request.args.get("pour")))
    choices = list_choices(signed_in(), patient.id)
    bookable = bookable_caregivers({choice.enrolment.id for choice in choices})
    open_ones = [
        choice for choice in choices if (choice.enrolment.id, choice.caregiver.id) in bookable
    ]
    if len(choices) == len(open_ones) == 1 and not ("revoir" in request.args or form.errors):
        return redirect(_after_caregiver(open_ones[0]))
    form.avec.choices = wording.told_apart(
        (choice.value, choice.caregiver.display_name, choice.caregiver.profession)
        for choice in choices
    )
    page = render_template(
        "scheduling/choose_caregiver.html",
        at=steps("with"),
        form=form,
        patient=patient,
        choices_made=choices,
        subs={choice.value: _about(choice) for choice in choices},
        disabled={
            choice.value: _not_online(choice) for choice in choices if choice not in open_ones
        },
        kept=carried(request.args, avec=None, pour=patient.id),
    )
    return page, 422 if form.errors else 200


def _about(choice: Choice) -> str:
    words = [choice.caregiver.profession, choice.enrolment.bubble.name]
    return ", ".join(word for word in words if word)


def _not_online(choice: Choice) -> str:
    phone = choice.enrolment.bubble.contact_phone
    if phone:
        return str(_("No booking online for now. You can call %(phone)s.", phone=phone))
    return str(_("No booking online for now."))


def _after_caregiver(choice: Choice) -> str:
    return url_for(
        "scheduling.choose_seen",
        **carried(request.args, pour=choice.patient.id, avec=choice.value),
    )


# ── Seen before ───────────────────────────────────────────────────────────────────────────────


@bp.get("/rendez-vous/nouveau/deja-vu")
def choose_seen() -> ResponseReturnValue:
    """Ask only where nothing tells: who was seen here is known."""
    if not request.args.get("avec"):
        return _ask_caregiver_again()
    choice = read_choice(request.args)
    is_new = read_seen(choice, request.args)
    if is_new is False and not request.args.get("vu"):
        return redirect(_after_seen(choice))
    return _seen_page(choice, forms.SeenForm(MultiDict({"vu": request.args.get("vu", "")})))


def _ask_caregiver_again() -> ResponseReturnValue:
    if not request.args.get("pour"):
        return redirect(url_for("scheduling.choose_patient"))
    return _caregiver_page(forms.CaregiverForm.unanswered())


def _seen_page(choice: Choice, form: forms.SeenForm) -> ResponseReturnValue:
    form.vu.choices = [
        (seen_value(choice, YES), _("Yes")),
        (seen_value(choice, NO), _("No")),
    ]
    page = render_template(
        "scheduling/choose_seen.html",
        at=steps("seen", choice),
        form=form,
        choice=choice,
        profession=choice.caregiver.profession,
        subs={
            seen_value(choice, YES): _("At least once, wherever it was"),
            seen_value(choice, NO): _("It will be the first time"),
        },
        kept=carried(request.args, vu=None, pour=choice.patient.id),
        step_back=url_for(
            "scheduling.choose_caregiver",
            revoir=1,
            **carried(request.args, pour=choice.patient.id),
        ),
    )
    return page, 422 if form.errors else 200


def _after_seen(choice: Choice) -> str:
    return url_for(
        "scheduling.choose_type", **carried(request.args, pour=choice.patient.id, vu=None)
    )


# ── What for ──────────────────────────────────────────────────────────────────────────────────


@bp.get("/rendez-vous/nouveau/type")
def choose_type() -> ResponseReturnValue:
    """Ask what for; what must be known first is asked first."""
    if not request.args.get("avec"):
        return _ask_caregiver_again()
    return type_page(forms.KindForm(request.args))


def type_page(form: forms.KindForm, *, status: int = 200) -> ResponseReturnValue:
    """Show what can be booked, and what cannot because of who has been seen."""
    choice = read_choice(request.args)
    is_new = read_seen(choice, request.args)
    if is_new is None:
        if "demande" not in request.args:
            return redirect(
                url_for("scheduling.choose_seen", **carried(request.args, pour=choice.patient.id))
            )
        return _seen_page(choice, forms.SeenForm.unanswered())
    services = list_services(choice.enrolment.id, choice.caregiver.id)
    suited = [service for service in services if service.suits(is_new=is_new)]
    if len(services) == len(suited) == 1 and "revoir" not in request.args and not form.errors:
        return redirect(
            url_for(
                "scheduling.booking_questions",
                **carried(request.args, pour=choice.patient.id, type=suited[0].type_id),
            )
        )
    form.type.choices = [(str(service.type_id), service.name) for service in services]
    page = render_template(
        "scheduling/choose_type.html",
        at=steps("type", choice),
        form=form,
        choice=choice,
        is_new=is_new,
        profession=choice.caregiver.profession,
        services=services,
        suited=suited,
        disabled={
            str(service.type_id): _not_for(choice, is_new=is_new)
            for service in services
            if service not in suited
        },
        mode_words=mode_words,
        kept=carried(request.args, type=None, pour=choice.patient.id),
        step_back=_before_type(choice),
    )
    return page, 422 if form.errors else status


def _not_for(choice: Choice, *, is_new: bool) -> str:
    name = choice.caregiver.display_name
    if is_new:
        return str(_("Only for people whom %(name)s has seen before.", name=name))
    return str(_("Only for a first visit to %(name)s.", name=name))


def _before_type(choice: Choice) -> str:
    """What is known was not asked: one goes back to with whom."""
    here = carried(request.args, pour=choice.patient.id)
    if read_seen(choice, {}) is None:
        return url_for("scheduling.choose_seen", **here)
    return url_for("scheduling.choose_caregiver", revoir=1, **here)


def start_again(given: Mapping[str, Any], message: str) -> ResponseReturnValue:
    """Show the types again where the chosen one can no longer be booked."""
    flash(message, "warn")
    return redirect(url_for("scheduling.choose_type", revoir=1, **carried(given, type=None)))
