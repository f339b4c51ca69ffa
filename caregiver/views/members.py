"""The caregivers of a bubble: names, photos, professions and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from bubbles.policy import BubblePermission
from bubbles.queries import get_bubble_for, list_members
from caregiver import queries
from caregiver.views.blueprint import bp
from core.authorization import can
from core.web import signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/bulles/<int:bubble_id>/accompagnants")
def members(bubble_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = get_bubble_for(actor, bubble_id)
    staff = list_members(bubble.id)
    others = [member for member in staff if member.user_id != actor.id]
    user_ids = [member.user_id for member in staff]
    return render_template(
        "caregiver/members.html",
        bubble=bubble,
        members=staff,
        may_remove=bool(others) and can(actor, BubblePermission.REMOVE_MEMBER, others[0]),
        professions=queries.professions_of(user_ids),
        portraits=queries.portraits_of(user_ids),
    )
