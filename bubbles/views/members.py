"""One person's membership: what it is, and changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from bubbles import queries
from bubbles.errors import LastAdministratorError, OnlyRoleError
from bubbles.operations.members import (
    demote_member,
    promote_member,
    remove_member,
    start_caring,
    stop_caring,
    vouch_for_member,
)
from bubbles.policy import BubblePermission
from bubbles.views.blueprint import bp
from bubbles.views.confirming import unconfirmed_endings
from bubbles.vocabulary import RoleChange
from core.authorization import can
from core.errors import ForbiddenError, NotFoundError
from core.page_slots import filled
from core.web import signed_in
from security.views.step_up import requires_fresh_proof
from security.views.vouching import help_page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from bubbles.models import Bubble, Membership

CHANGES = {
    "administration": (RoleChange.PROMOTE, BubblePermission.PROMOTE, promote_member),
    "fin-administration": (RoleChange.DEMOTE, BubblePermission.DEMOTE, demote_member),
    "soins": (RoleChange.START_CARING, BubblePermission.START_CARING, start_caring),
    "fin-soins": (RoleChange.STOP_CARING, BubblePermission.STOP_CARING, stop_caring),
}
"""By the word in the address."""


@bp.get("/bulles/<int:bubble_id>/membres/<int:user_id>")
def member(bubble_id: int, user_id: int) -> ResponseReturnValue:
    bubble, membership = _reach(bubble_id, user_id)
    actor = signed_in()
    if user_id != actor.id and not administers(bubble):
        raise ForbiddenError
    return render_template(
        "bubbles/member.html",
        bubble=bubble,
        membership=membership,
        is_last=membership.is_admin and queries.count_admins(bubble.id) == 1,
    )


@bp.route("/bulles/<int:bubble_id>/membres/<int:user_id>/<change>", methods=["GET", "POST"])
@requires_fresh_proof
def change_role(bubble_id: int, user_id: int, change: str) -> ResponseReturnValue:
    bubble, membership = _reach(bubble_id, user_id)
    if change not in CHANGES:
        raise NotFoundError
    kind, permission, act = CHANGES[change]
    if not can(signed_in(), permission, membership):
        raise ForbiddenError
    endings: list[str] = []
    if kind is RoleChange.STOP_CARING:
        endings = filled("membership_ending", bubble.id, user_id)
    elif kind is RoleChange.DEMOTE:
        endings = unconfirmed_endings(bubble, user_id)
    page = {
        "bubble": bubble,
        "membership": membership,
        "change": change,
        "kind": kind,
        "oneself": user_id == signed_in().id,
        "endings": endings,
    }
    if request.method == "GET":
        return render_template("bubbles/change_role.html", **page)
    try:
        act(signed_in(), membership)
    except (LastAdministratorError, OnlyRoleError) as error:
        return render_template("bubbles/change_role.html", refusal=error.message, **page), 409
    flash(_("The role is changed."), "ok")
    return redirect(url_for("caregiver.members", bubble_id=bubble.id))


@bp.route("/bulles/<int:bubble_id>/membres/<int:user_id>/retrait", methods=["GET", "POST"])
@requires_fresh_proof
def remove(bubble_id: int, user_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble, membership = _reach(bubble_id, user_id)
    if not can(actor, BubblePermission.REMOVE_MEMBER, membership):
        raise ForbiddenError
    leaving = user_id == actor.id
    page = {
        "bubble": bubble,
        "membership": membership,
        "leaving": leaving,
        "endings": [
            *filled("membership_ending", bubble.id, user_id),
            *unconfirmed_endings(bubble, user_id),
        ],
    }
    if request.method == "GET":
        return render_template("bubbles/remove.html", **page)
    name = membership.user.display_name
    try:
        remove_member(actor, membership)
    except LastAdministratorError as error:
        return render_template("bubbles/remove.html", refusal=error.message, **page), 409
    if leaving:
        flash(_("You have left %(bubble)s.", bubble=bubble.name), "ok")
        return redirect(url_for("bubbles.index"))
    flash(_("%(name)s is no longer in the bubble.", name=name), "ok")
    return redirect(url_for("bubbles.show", bubble_id=bubble.id))


@bp.route("/bulles/<int:bubble_id>/membres/<int:user_id>/aide", methods=["GET", "POST"])
@requires_fresh_proof
def help_member(bubble_id: int, user_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble, membership = _reach(bubble_id, user_id)
    if not can(actor, BubblePermission.VOUCH, membership):
        raise ForbiddenError
    return help_page(
        membership.user.display_name,
        vouch=lambda how: vouch_for_member(actor, membership, how=how),
        back=url_for("bubbles.show", bubble_id=bubble.id),
    )


def _reach(bubble_id: int, user_id: int) -> tuple[Bubble, Membership]:
    actor = signed_in()
    bubble = queries.get_bubble_for(actor, bubble_id)
    return bubble, queries.get_membership_for(actor, bubble.id, user_id)


def administers(bubble: Bubble) -> bool:
    """Say whether who is there administers the bubble."""
    return can(signed_in(), BubblePermission.UPDATE, bubble)
