"""The consultation types of a bubble: read by its staff, decided by its administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from bubbles.queries import get_bubble_for, list_admins, list_caregiver_members
from core.authorization import can
from core.errors import ForbiddenError
from core.page_slots import Tab
from core.web import current_actor
from scheduling.forms.types import ConsultationTypeForm
from scheduling.operations.types import TypeFacts, define_type, edit_type, remove_type
from scheduling.policy import SchedulingPermission
from scheduling.queries import settings
from scheduling.views.blueprint import bp

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/bulles/<int:bubble_id>/consultations")
def types(bubble_id: int) -> ResponseReturnValue:
    actor = current_actor()
    bubble = get_bubble_for(actor, bubble_id)
    return render_template(
        "scheduling/types.html",
        bubble=bubble,
        types=settings.list_types_of(bubble.id),
        admins=list_admins(bubble.id),
        may_edit=can(actor, SchedulingPermission.DEFINE_TYPE, bubble),
    )


@bp.route("/bulles/<int:bubble_id>/consultations/nouvelle", methods=["GET", "POST"])
def new_type(bubble_id: int) -> ResponseReturnValue:
    actor = current_actor()
    bubble = get_bubble_for(actor, bubble_id)
    if not can(actor, SchedulingPermission.DEFINE_TYPE, bubble):
        raise ForbiddenError
    caregivers = list_caregiver_members(bubble.id)
    form = ConsultationTypeForm(caregivers)
    if len(caregivers) == 1 and request.method == "GET":
        form.caregivers.data = [caregivers[0].id]
    if not form.validate_on_submit():
        return _form_page(bubble, form, None, caregivers)
    define_type(actor, bubble, facts=_facts(form))
    flash(_("The consultation type is ready."), "ok")
    return redirect(url_for("scheduling.types", bubble_id=bubble_id))


@bp.route("/bulles/<int:bubble_id>/consultations/<int:type_id>", methods=["GET", "POST"])
def edit(bubble_id: int, type_id: int) -> ResponseReturnValue:
    actor = current_actor()
    found = settings.get_type_for(actor, bubble_id, type_id)
    if not can(actor, SchedulingPermission.EDIT_TYPE, found):
        raise ForbiddenError
    caregivers = list_caregiver_members(bubble_id)
    form = ConsultationTypeForm(caregivers, data=_shown(found))
    if not form.validate_on_submit():
        return _form_page(found.bubble, form, found, caregivers)
    edit_type(actor, found, facts=_facts(form))
    flash(_("The consultation type has been changed."), "ok")
    return redirect(url_for("scheduling.types", bubble_id=bubble_id))


@bp.route(
    "/bulles/<int:bubble_id>/consultations/<int:type_id>/suppression", methods=["GET", "POST"]
)
def remove(bubble_id: int, type_id: int) -> ResponseReturnValue:
    actor = current_actor()
    found = settings.get_type_for(actor, bubble_id, type_id)
    if request.method == "GET":
        if not can(actor, SchedulingPermission.REMOVE_TYPE, found):
            raise ForbiddenError
        return render_template("scheduling/remove_type.html", bubble=found.bubble, type=found)
    remove_type(actor, found)
    flash(_("The consultation type is no longer offered."), "ok")
    return redirect(url_for("scheduling.types", bubble_id=bubble_id))


def types_tab(_actor: Any, bubble: Any) -> Tab:
    """Fill the slot « bubble_tab »."""
    return Tab(
        id="consultations",
        url=url_for("scheduling.types", bubble_id=bubble.id),
        label=_("Consultations"),
        rank=40,
    )


def _form_page(bubble: Any, form: Any, found: Any, caregivers: Any) -> ResponseReturnValue:
    page = render_template(
        "scheduling/type_form.html", bubble=bubble, form=form, type=found, caregivers=caregivers
    )
    return page, 422 if form.errors else 200


def _shown(found: Any) -> dict[str, Any]:
    price = found.price_cents
    return {
        "name": found.name,
        "duration": found.duration_minutes,
        "mode": found.mode,
        "price": "" if price is None else f"{price / 100:.2f}".replace(".00", "").replace(".", ","),
        "caregivers": [user.id for user in found.caregivers],
        "is_bookable": found.is_bookable,
        "notice": found.minimum_notice_minutes,
        "horizon": found.horizon_days,
    }


def _facts(form: ConsultationTypeForm) -> TypeFacts:
    return TypeFacts(
        name=form.name.data or "",
        duration_minutes=form.duration.data or 0,
        mode=form.mode.data,
        price_cents=form.price_cents,
        is_bookable=bool(form.is_bookable.data),
        minimum_notice_minutes=form.notice.data,
        horizon_days=form.horizon.data,
        caregiver_ids=form.caregivers.data or [],
    )
