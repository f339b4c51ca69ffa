"""The consultation types of a bubble: read by its staff, decided by its administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from bubbles.queries import get_bubble_for, list_admins, list_caregiver_members
from core import tokens
from core.authorization import can
from core.errors import ForbiddenError
from core.page_slots import Tab
from core.web import signed_in
from scheduling.agendas.forms.fields import KeyForm
from scheduling.agendas.forms.types import ConsultationTypeForm
from scheduling.agendas.operations.types import (
    TypeFacts,
    define_type,
    duplicate_type,
    edit_type,
    remove_type,
)
from scheduling.agendas.policy import AgendaPermission
from scheduling.agendas.queries import settings
from scheduling.blueprint import bp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from bubbles.models import Bubble
    from scheduling.agendas.models import ConsultationType
    from security.models import User


@bp.get("/bulles/<int:bubble_id>/consultations")
def types(bubble_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = get_bubble_for(actor, bubble_id)
    listed = settings.list_types_of(bubble.id)
    return render_template(
        "scheduling/types.html",
        bubble=bubble,
        types=listed,
        questions=settings.count_questions_of(
            [consultation_type.id for consultation_type in listed]
        ),
        admins=list_admins(bubble.id),
        may_edit=can(actor, AgendaPermission.DEFINE_TYPE, bubble),
        new_key=tokens.new_token,
    )


@bp.get("/bulles/<int:bubble_id>/consultations/<int:type_id>/apercu")
def preview(bubble_id: int, type_id: int) -> ResponseReturnValue:
    """Show what patients read, then the rules that work behind it; to all the staff."""
    actor = signed_in()
    consultation_type = settings.get_type_for(actor, bubble_id, type_id)
    return render_template(
        "scheduling/type_preview.html",
        bubble=consultation_type.bubble,
        type=consultation_type,
        questions=settings.list_questions_of(consultation_type.id),
        reminders=[int(reminder.total_seconds()) // 60 for reminder in consultation_type.reminders],
        admins=list_admins(consultation_type.bubble_id),
        may_edit=can(actor, AgendaPermission.EDIT_TYPE, consultation_type),
    )


@bp.route("/bulles/<int:bubble_id>/consultations/nouvelle", methods=["GET", "POST"])
def new_type(bubble_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = get_bubble_for(actor, bubble_id)
    if not can(actor, AgendaPermission.DEFINE_TYPE, bubble):
        raise ForbiddenError
    caregivers = list_caregiver_members(bubble.id)
    form = ConsultationTypeForm(caregivers)
    if len(caregivers) == 1 and request.method == "GET":
        form.caregivers.data = [caregivers[0].id]
    if not form.validate_on_submit():
        return _form_page(bubble, form, None, caregivers)
    consultation_type = define_type(actor, bubble, facts=_facts(form), key=form.cle.data)
    flash(_("The consultation type is ready."), "ok")
    return redirect(
        url_for("scheduling.preview", bubble_id=bubble_id, type_id=consultation_type.id)
    )


@bp.route("/bulles/<int:bubble_id>/consultations/<int:type_id>", methods=["GET", "POST"])
def edit(bubble_id: int, type_id: int) -> ResponseReturnValue:
    actor = signed_in()
    consultation_type = settings.get_type_for(actor, bubble_id, type_id)
    if not can(actor, AgendaPermission.EDIT_TYPE, consultation_type):
        raise ForbiddenError
    caregivers = list_caregiver_members(bubble_id)
    form = ConsultationTypeForm(caregivers, data=_shown(consultation_type))
    if not form.validate_on_submit():
        return _form_page(consultation_type.bubble, form, consultation_type, caregivers)
    edit_type(actor, consultation_type, facts=_facts(form))
    flash(_("The consultation type has been changed."), "ok")
    return redirect(url_for("scheduling.types", bubble_id=bubble_id))


@bp.post("/bulles/<int:bubble_id>/consultations/<int:type_id>/copie")
def duplicate(bubble_id: int, type_id: int) -> ResponseReturnValue:
    """Make a second one like it, and open it to be told apart."""
    actor = signed_in()
    consultation_type = settings.get_type_for(actor, bubble_id, type_id)
    copied = duplicate_type(
        actor,
        consultation_type.bubble,
        source=consultation_type,
        name=_("%(name)s (copy)", name=consultation_type.name),
        key=KeyForm().cle.data,
    )
    flash(_("Here is the copy. Give it its own name, and change what differs."), "ok")
    return redirect(url_for("scheduling.edit", bubble_id=bubble_id, type_id=copied.id))


@bp.route(
    "/bulles/<int:bubble_id>/consultations/<int:type_id>/suppression", methods=["GET", "POST"]
)
def remove(bubble_id: int, type_id: int) -> ResponseReturnValue:
    actor = signed_in()
    consultation_type = settings.get_type_for(actor, bubble_id, type_id)
    if request.method == "GET":
        if not can(actor, AgendaPermission.REMOVE_TYPE, consultation_type):
            raise ForbiddenError
        return render_template(
            "scheduling/remove_type.html", bubble=consultation_type.bubble, type=consultation_type
        )
    remove_type(actor, consultation_type)
    flash(_("The consultation type is no longer offered."), "ok")
    return redirect(url_for("scheduling.types", bubble_id=bubble_id))


def types_tab(_actor: User, bubble: Bubble) -> Tab:
    """Fill the slot « bubble_tab »."""
    return Tab(
        id="consultations",
        url=url_for("scheduling.types", bubble_id=bubble.id),
        label=_("Consultations"),
        rank=40,
    )


def _form_page(
    bubble: Bubble,
    form: ConsultationTypeForm,
    consultation_type: ConsultationType | None,
    caregivers: Sequence[User],
) -> ResponseReturnValue:
    page = render_template(
        "scheduling/type_form.html",
        bubble=bubble,
        form=form,
        type=consultation_type,
        caregivers=caregivers,
    )
    return page, 422 if form.errors else 200


def _shown(consultation_type: ConsultationType) -> dict[str, Any]:
    price = consultation_type.price_cents
    return {
        "name": consultation_type.name,
        "duration": consultation_type.duration_minutes,
        "mode": consultation_type.mode,
        "video_link": consultation_type.video_link,
        "price": "" if price is None else f"{price / 100:.2f}".replace(".00", "").replace(".", ","),
        "reimbursement": consultation_type.reimbursement,
        "caregivers": [user.id for user in consultation_type.caregivers],
        "is_bookable": consultation_type.is_bookable,
        "is_for_new": consultation_type.is_for_new,
        "is_for_known": consultation_type.is_for_known,
        "notice": consultation_type.minimum_notice_minutes,
        "horizon": consultation_type.horizon_days,
        "maximum": consultation_type.daily_maximum,
        "buffer_before": consultation_type.buffer_before_minutes,
        "buffer_after": consultation_type.buffer_after_minutes,
        "cancellation": consultation_type.cancellation_notice_minutes,
        "reminders": [
            int(reminder.total_seconds()) // 60 for reminder in consultation_type.reminders
        ],
        "instructions_before": consultation_type.instructions_before,
        "instructions_after": consultation_type.instructions_after,
    }


def _facts(form: ConsultationTypeForm) -> TypeFacts:
    return TypeFacts(
        name=form.name.data or "",
        duration_minutes=form.duration.data or 0,
        mode=form.mode.data,
        video_link=form.video_link.data or "",
        price_cents=form.price_cents,
        reimbursement=form.reimbursement.data or "",
        is_bookable=bool(form.is_bookable.data),
        is_for_new=bool(form.is_for_new.data),
        is_for_known=bool(form.is_for_known.data),
        minimum_notice_minutes=form.notice.data,
        horizon_days=form.horizon.data,
        daily_maximum=form.maximum.data,
        buffer_before_minutes=form.buffer_before.data or 0,
        buffer_after_minutes=form.buffer_after.data or 0,
        cancellation_notice_minutes=form.cancellation.data,
        reminders=tuple(form.reminders.data or ()),
        instructions_before=form.instructions_before.data or "",
        instructions_after=form.instructions_after.data or "",
        caregiver_ids=tuple(form.caregivers.data or ()),
    )
