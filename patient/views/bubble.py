"""The patients of a bubble: who follows them, and their departure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.queries import get_bubble_for, list_caregiver_members
from caregiver.queries import caregiver_choices, professions_of
from core import paging
from core.authorization import can
from core.errors import ForbiddenError, NotFoundError
from core.page_slots import Tab
from core.web import signed_in
from patient.errors import NotACaregiverError
from patient.forms import FollowersForm
from patient.operations.places import end_enrolment, set_followers, vouch_for_patient
from patient.policy import PatientPermission
from patient.queries import places as queries
from patient.queries.lists import Wanted, count_alone_for, list_in_bubble_for
from patient.queries.namesakes import ids_with_namesake
from patient.views.blueprint import bp
from security.views.step_up import requires_fresh_proof
from security.views.vouching import help_page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from bubbles.models import Bubble
    from patient.models import Enrolment
    from security.models import User

LONGEST_SEARCH = 80


@bp.get("/bulles/<int:bubble_id>/patients")
def bubble_patients(bubble_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = get_bubble_for(actor, bubble_id)
    wanted = asked(can(actor, PatientPermission.ASSIGN, bubble))
    page = list_in_bubble_for(actor, bubble.id, wanted)
    patient_ids = [enrolment.patient_id for enrolment in page.items]
    is_admin = can(actor, PatientPermission.ASSIGN, bubble)
    return render_template(
        "patient/bubble_patients.html",
        bubble=bubble,
        page=page,
        wanted=wanted,
        is_admin=is_admin,
        alone=count_alone_for(actor, bubble.id) if is_admin else 0,
        likely_twice=ids_with_namesake(bubble.id, patient_ids) if is_admin else (),
        with_account=queries.ids_with_account(patient_ids),
        followers=queries.map_followers([enrolment.id for enrolment in page.items]),
    )


@bp.get("/bulles/<int:bubble_id>/patients/<int:enrolment_id>/accompagnants")
def followers(bubble_id: int, enrolment_id: int) -> ResponseReturnValue:
    enrolment = _administered(bubble_id, enrolment_id, PatientPermission.SET_FOLLOWERS)
    form, caregivers = _followers_form(enrolment)
    form.user_ids.data = [user.id for user in queries.list_followers(enrolment.id)]
    return _show_followers(enrolment, form, caregivers)


@bp.post("/bulles/<int:bubble_id>/patients/<int:enrolment_id>/accompagnants")
def change_followers(bubble_id: int, enrolment_id: int) -> ResponseReturnValue:
    enrolment = queries.get_bubble_enrolment_for(signed_in(), bubble_id, enrolment_id)
    form, caregivers = _followers_form(enrolment)
    if not form.validate() and can(signed_in(), PatientPermission.SET_FOLLOWERS, enrolment):
        form.user_ids.errors = [str(NotACaregiverError.message)]
        return _show_followers(enrolment, form, caregivers), 422
    set_followers(signed_in(), enrolment, user_ids=form.user_ids.data or [])
    flash(_("The caregivers who follow %(name)s are up to date.", name=enrolment.patient.name))
    return redirect(url_for("patient.bubble_patients", bubble_id=bubble_id))


@bp.route("/bulles/<int:bubble_id>/patients/<int:enrolment_id>/aide", methods=["GET", "POST"])
@requires_fresh_proof
def help_patient(bubble_id: int, enrolment_id: int) -> ResponseReturnValue:
    enrolment = _administered(bubble_id, enrolment_id, PatientPermission.VOUCH)
    if queries.find_account_of(enrolment.patient_id) is None:
        raise NotFoundError
    return help_page(
        enrolment.patient.name,
        vouch=lambda how: vouch_for_patient(signed_in(), enrolment, how=how),
        back=url_for("patient.bubble_patients", bubble_id=bubble_id),
    )


@bp.get("/bulles/<int:bubble_id>/patients/<int:enrolment_id>/depart")
def departure(bubble_id: int, enrolment_id: int) -> ResponseReturnValue:
    enrolment = _administered(bubble_id, enrolment_id, PatientPermission.END_ENROLMENT)
    return render_template("patient/departure.html", bubble=enrolment.bubble, enrolment=enrolment)


@bp.post("/bulles/<int:bubble_id>/patients/<int:enrolment_id>/depart")
def end(bubble_id: int, enrolment_id: int) -> ResponseReturnValue:
    enrolment = queries.get_bubble_enrolment_for(signed_in(), bubble_id, enrolment_id)
    name = enrolment.patient.name
    end_enrolment(signed_in(), enrolment)
    flash(_("%(name)s is no longer a patient of this bubble.", name=name))
    return redirect(url_for("patient.bubble_patients", bubble_id=bubble_id))


def patients_tab(actor: User, bubble: Bubble) -> Tab:
    """Fill the slot « bubble_tab »."""
    return Tab(
        id="patients",
        url=url_for("patient.bubble_patients", bubble_id=bubble.id),
        label=_("Patients"),
        count=queries.count_bubble_enrolments_for(actor, bubble.id),
        rank=30,
    )


def followed_by(count: int) -> str:
    """Say how many caregivers follow a patient."""
    if not count:
        return str(_("Nobody follows them yet"))
    return str(ngettext("Followed by %(num)d caregiver", "Followed by %(num)d caregivers", count))


def asked(is_admin: bool, size: int = paging.SIZE) -> Wanted:  # noqa: FBT001
    """Read what is looked for out of the address; only administrators see who is alone."""
    return Wanted(
        search=request.args.get("q", "")[:LONGEST_SEARCH].strip(),
        is_alone=is_admin and request.args.get("suivi") == "personne",
        number=paging.asked(request.args.get("page")),
        size=size,
    )


def _administered(bubble_id: int, enrolment_id: int, permission: PatientPermission) -> Enrolment:
    """Reach a patient of the bubble for a page that leads to an act of its administrators."""
    enrolment = queries.get_bubble_enrolment_for(signed_in(), bubble_id, enrolment_id)
    if not can(signed_in(), permission, enrolment):
        raise ForbiddenError
    return enrolment


def _followers_form(enrolment: Enrolment) -> tuple[FollowersForm, list[User]]:
    caregivers = list_caregiver_members(enrolment.bubble_id)
    form = FollowersForm()
    form.offer(caregiver_choices(caregivers))
    return form, caregivers


def _show_followers(enrolment: Enrolment, form: FollowersForm, caregivers: list[User]) -> str:
    return render_template(
        "patient/followers.html",
        bubble=enrolment.bubble,
        enrolment=enrolment,
        form=form,
        caregivers=caregivers,
        professions=professions_of([user.id for user in caregivers]),
    )
