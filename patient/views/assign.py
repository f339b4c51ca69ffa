"""One caregiver for several patients of a bubble at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.queries import get_bubble_for, list_caregiver_members
from caregiver.queries import caregiver_choices
from core import wording
from core.authorization import can
from core.errors import DomainError, ForbiddenError
from core.web import signed_in
from patient.forms import AssignForm
from patient.operations.places import assign_caregiver
from patient.policy import PatientPermission
from patient.queries import places as queries
from patient.queries.lists import list_in_bubble_for
from patient.views.blueprint import bp
from patient.views.bubble import asked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask.typing import ResponseReturnValue

    from bubbles.models import Bubble
    from patient.models import Enrolment

MANY = 50
"""Patients to tick on one page."""


@bp.get("/bulles/<int:bubble_id>/patients/confier")
def choose_patients(bubble_id: int) -> ResponseReturnValue:
    return _show(_administered(bubble_id), AssignForm(formdata=None))


@bp.post("/bulles/<int:bubble_id>/patients/confier")
def assign(bubble_id: int) -> ResponseReturnValue:
    bubble = _administered(bubble_id)
    form = AssignForm()
    wanted = asked(is_admin=True, size=MANY)
    shown = list_in_bubble_for(signed_in(), bubble.id, wanted)
    caregivers = list_caregiver_members(bubble.id)
    form.offer(
        caregiver_choices(caregivers),
        _patient_choices(shown.items),
    )
    if not form.validate():
        return _show(bubble, form), 422
    try:
        count = assign_caregiver(
            signed_in(),
            bubble,
            user_id=form.user_id.data,
            enrolment_ids=form.enrolment_ids.data or (),
        )
    except DomainError as error:
        form.enrolment_ids.errors = [str(error.message)]
        return _show(bubble, form), 422
    name = next(
        caregiver.display_name for caregiver in caregivers if caregiver.id == form.user_id.data
    )
    if count:
        flash(
            ngettext(
                "%(name)s now follows %(num)d more patient.",
                "%(name)s now follows %(num)d more patients.",
                count,
                name=name,
            )
        )
    else:
        flash(_("%(name)s followed them already: nothing has changed.", name=name))
    return redirect(url_for("patient.bubble_patients", bubble_id=bubble.id))


def _patient_choices(places: Iterable[Enrolment]) -> list[tuple[int, str]]:
    return wording.told_apart(
        (place.id, place.patient.name, wording.full_day(place.patient.birth_date))
        for place in places
    )


def _administered(bubble_id: int) -> Bubble:
    bubble = get_bubble_for(signed_in(), bubble_id)
    if not can(signed_in(), PatientPermission.ASSIGN, bubble):
        raise ForbiddenError
    return bubble


def _show(bubble: Bubble, form: AssignForm) -> str:
    wanted = asked(is_admin=True, size=MANY)
    page = list_in_bubble_for(signed_in(), bubble.id, wanted)
    caregivers = list_caregiver_members(bubble.id)
    form.offer(
        caregiver_choices(caregivers),
        _patient_choices(page.items),
    )
    return render_template(
        "patient/assign.html",
        bubble=bubble,
        form=form,
        page=page,
        wanted=wanted,
        caregivers=caregivers,
        followers=queries.map_followers([enrolment.id for enrolment in page.items]),
    )
