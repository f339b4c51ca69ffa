"""The pages of bubbles: the list, the general information, the invitations sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles import queries
from bubbles.errors import AlreadyInvitedError, AlreadyMemberError, LastAdministratorError
from bubbles.forms import BubbleForm, InvitationForm, NewBubbleForm
from bubbles.operations.answering import accept_invitation, open_invitation
from bubbles.operations.information import NEW_BUBBLES, create_bubble, update_bubble
from bubbles.operations.inviting import (
    INVITATIONS,
    INVITATIONS_TO_ADDRESS,
    VALID_FOR,
    invite,
    resend_invitation,
    revoke_invitation,
)
from bubbles.operations.members import remove_member, vouch_for_member
from bubbles.policy import BubblePermission, is_addressee
from bubbles.vocabulary import InvitedAs
from core import clock, rate_limit
from core.authorization import INSTANCE, can
from core.errors import ForbiddenError, NotFoundError
from core.page_slots import Row, Tab, filled
from core.web import current_actor, public
from security.addresses import mask_email
from security.queries import find_user_by_email
from security.views.step_up import requires_fresh_proof
from security.views.vouching import help_page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("bubbles", __name__)


@bp.get("/bulles")
def index() -> ResponseReturnValue:
    actor = current_actor()
    return render_template(
        "bubbles/index.html",
        bubbles=queries.list_bubbles_for(actor),
        may_create=can(actor, BubblePermission.CREATE, INSTANCE),
    )


@bp.route("/bulles/nouvelle", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    actor = current_actor()
    if not can(actor, BubblePermission.CREATE, INSTANCE):
        raise ForbiddenError
    instance = current_app.config["ALVEOLE"].instance
    form = NewBubbleForm(time_zone=instance.default_time_zone)
    if not form.validate_on_submit():
        return render_template("bubbles/new.html", form=form), _status(form)
    rate_limit.hit(NEW_BUBBLES, str(actor.id))
    bubble = create_bubble(
        actor, INSTANCE, information=form.information(), also_caregiver=form.also_caregiver.data
    )
    flash(_("The bubble is created. Invite the first people."), "ok")
    return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))


@bp.get("/bulles/<int:bubble_id>")
def show(bubble_id: int) -> ResponseReturnValue:
    actor = current_actor()
    bubble = queries.get_bubble_for(actor, bubble_id)
    tabs: list[Tab] = filled("bubble_tab", actor, bubble)
    return redirect(tabs[0].url)


@bp.get("/bulles/<int:bubble_id>/informations")
def information(bubble_id: int) -> ResponseReturnValue:
    bubble = queries.get_bubble_for(current_actor(), bubble_id)
    return render_template("bubbles/information.html", bubble=bubble)


@bp.route("/bulles/<int:bubble_id>/informations/modifier", methods=["GET", "POST"])
def edit(bubble_id: int) -> ResponseReturnValue:
    bubble = _administered(bubble_id, BubblePermission.UPDATE)
    form = BubbleForm(obj=bubble)
    if not form.validate_on_submit():
        return render_template("bubbles/edit.html", form=form, bubble=bubble), _status(form)
    update_bubble(current_actor(), bubble, information=form.information())
    flash(_("The general information is up to date."), "ok")
    return redirect(url_for("bubbles.information", bubble_id=bubble.id))


@bp.get("/bulles/<int:bubble_id>/invitations")
def invitations(bubble_id: int) -> ResponseReturnValue:
    bubble = _administered(bubble_id, BubblePermission.INVITE)
    actor = current_actor()
    rows = queries.list_invitations_for(actor, bubble.id).rows
    now = clock.now()
    return render_template(
        "bubbles/invitations.html",
        bubble=bubble,
        invitations=rows,
        open_count=sum(row.is_open(now) for row in rows),
        form=_invitation_form(bubble),
        valid_days=VALID_FOR.days,
        now=now,
    )


@bp.route("/bulles/<int:bubble_id>/invitations/nouvelle", methods=["GET", "POST"])
def new_invitation(bubble_id: int) -> ResponseReturnValue:
    actor = current_actor()
    bubble = _administered(bubble_id, BubblePermission.INVITE)
    form = _invitation_form(bubble)
    if not form.validate_on_submit():
        return _invitation_page(bubble, form), _status(form)
    _count_invitation(actor, form.email.data or "")
    try:
        invitation = invite(
            actor,
            bubble,
            email=form.email.data or "",
            invited_as=InvitedAs(form.invited_as.data),
            word=form.word.data or "",
            follower_ids=form.followers.data or (),
            key=form.key.data,
        )
    except AlreadyInvitedError as error:
        form.email.errors = [str(error.message)]
        return _invitation_page(bubble, form, open_id=error.invitation_id), 409
    except AlreadyMemberError as error:
        form.email.errors = [str(error.message)]
        return _invitation_page(bubble, form), 409
    flash(_("The invitation to %(email)s is on its way.", email=invitation.email), "ok")
    return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))


@bp.post("/bulles/<int:bubble_id>/invitations/<int:invitation_id>/renvoi")
def resend(bubble_id: int, invitation_id: int) -> ResponseReturnValue:
    actor = current_actor()
    bubble = _administered(bubble_id, BubblePermission.RESEND)
    invitation = queries.get_invitation_for(actor, invitation_id, bubble.id)
    _count_invitation(actor, invitation.email)
    resend_invitation(actor, invitation)
    flash(
        _(
            "A new link is on its way to %(email)s. The one before it no longer works.",
            email=invitation.email,
        ),
        "ok",
    )
    return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))


@bp.route(
    "/bulles/<int:bubble_id>/invitations/<int:invitation_id>/revocation", methods=["GET", "POST"]
)
def revoke(bubble_id: int, invitation_id: int) -> ResponseReturnValue:
    actor = current_actor()
    bubble = _administered(bubble_id, BubblePermission.REVOKE)
    invitation = queries.get_invitation_for(actor, invitation_id, bubble.id)
    if request.method == "GET":
        return render_template("bubbles/revoke.html", bubble=bubble, invitation=invitation)
    revoke_invitation(actor, invitation)
    flash(_("The invitation of %(email)s is revoked.", email=invitation.email), "ok")
    return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))


@bp.route("/bulles/<int:bubble_id>/membres/<int:user_id>/retrait", methods=["GET", "POST"])
def remove(bubble_id: int, user_id: int) -> ResponseReturnValue:
    actor = current_actor()
    bubble = queries.get_bubble_for(actor, bubble_id)
    membership = queries.get_membership_for(actor, bubble.id, user_id)
    if not can(actor, BubblePermission.REMOVE_MEMBER, membership):
        raise ForbiddenError
    leaving = membership.user_id == actor.id
    page = {"bubble": bubble, "membership": membership, "leaving": leaving}
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
    actor = current_actor()
    bubble = queries.get_bubble_for(actor, bubble_id)
    membership = queries.get_membership_for(actor, bubble.id, user_id)
    if not can(actor, BubblePermission.VOUCH, membership):
        raise ForbiddenError
    return help_page(
        membership.user.display_name,
        vouch=lambda how: vouch_for_member(actor, membership, how=how),
        back=url_for("bubbles.show", bubble_id=bubble.id),
    )


def _administered(bubble_id: int, permission: BubblePermission) -> Any:
    """Reach a bubble for what only some of its members do: strangers find nothing at all."""
    actor = current_actor()
    bubble = queries.get_bubble_for(actor, bubble_id)
    if not can(actor, permission, bubble):
        raise ForbiddenError
    return bubble


def _count_invitation(actor: Any, email: str) -> None:
    rate_limit.hit(INVITATIONS, str(actor.id))
    rate_limit.hit(INVITATIONS_TO_ADDRESS, f"{actor.id}\x00{email}")


def _invitation_form(bubble: Any) -> InvitationForm:
    form = InvitationForm(invited_as=request.args.get("role", InvitedAs.CAREGIVER.value))
    form.offer(queries.list_caregiver_members(bubble.id))
    return form


def _invitation_page(bubble: Any, form: InvitationForm, *, open_id: int | None = None) -> str:
    return render_template(
        "bubbles/new_invitation.html",
        bubble=bubble,
        form=form,
        open_id=open_id,
        valid_days=VALID_FOR.days,
    )


def _status(form: Any) -> int:
    return 422 if form.is_submitted() else 200


# ── Following an invitation ───────────────────────────────────────────────────────────────────


@bp.get("/invitations/<token>")
@public
def invitation(token: str) -> ResponseReturnValue:
    actor = current_actor()
    found = queries.find_invitation_by_token(token)
    is_theirs = found is not None and is_addressee(actor, found)
    is_open = found is not None and found.is_open(clock.now())
    if found is None or not (is_open or is_theirs):
        # Used, revoked, expired or never written: only the person concerned learns which.
        return render_template("bubbles/invitation_unknown.html"), 404
    if not is_open:
        state = found.state(clock.now())
        return render_template("bubbles/invitation_closed.html", invitation=found, state=state), 410
    if is_theirs:
        urls = filled("acceptance", actor, found, token)
        return render_template(
            "bubbles/invitation.html",
            invitation=found,
            token=token,
            next_url=next(iter(urls), None),
        )
    return render_template(
        "bubbles/invitation.html",
        invitation=found,
        token=token,
        signed_in_as=mask_email(actor.email) if actor.id else None,
        meant_for=mask_email(found.email),
    )


@bp.post("/invitations/<token>/ouverture", endpoint="open_invitation")
@public
def follow_invitation(token: str) -> ResponseReturnValue:
    found = _open_invitation(token)
    open_invitation(current_actor(), found)
    back = url_for("bubbles.invitation", token=token)
    if current_actor().id:
        return redirect(back)
    if find_user_by_email(found.email):
        return redirect(url_for("security.sign_in", suite=back))
    return redirect(url_for("security.sign_up", suite=back, email=found.email))


@bp.post("/invitations/<token>/acceptation", endpoint="accept_invitation")
def accept(token: str) -> ResponseReturnValue:
    actor = current_actor()
    found = queries.find_invitation_by_token(token)
    if found is None or not is_addressee(actor, found):
        raise NotFoundError
    accepted = accept_invitation(actor, found)
    if accepted.is_for_patient:
        return redirect(url_for("home.start"))
    flash(_("You are now a caregiver of %(bubble)s.", bubble=accepted.bubble.name), "ok")
    return redirect(url_for("bubbles.show", bubble_id=accepted.bubble_id))


def _open_invitation(token: str) -> Any:
    found = queries.find_invitation_by_token(token)
    if found is None or not found.is_open(clock.now()):
        raise NotFoundError
    return found


# ── What other pages show of bubbles ──────────────────────────────────────────────────────────


def nav_tab(actor: Any) -> Tab | None:
    if not queries.is_staff_anywhere(actor.id):
        return None
    return Tab(
        id="bulles",
        url=url_for("bubbles.index"),
        label=_("Bubbles"),
        icon="circle-dot",
        cls="only-desk",
        rank=60,
    )


def settings_tab(_actor: Any) -> Tab:
    return Tab(
        id="bubbles",
        url=url_for("bubbles.index"),
        label=_("My bubbles"),
        icon="circle-dot",
        rank=60,
    )


def settings_card(actor: Any) -> Row:
    count = queries.count_bubbles_for(actor)
    return Row(
        url=url_for("bubbles.index"),
        label=_("My bubbles"),
        text=_("The teams that you belong to"),
        icon="circle-dot",
        hue=3,
        state=ngettext("%(num)d bubble", "%(num)d bubbles", count),
        rank=60,
    )


def invitations_tab(actor: Any, bubble: Any) -> Tab | None:
    if not can(actor, BubblePermission.INVITE, bubble):
        return None
    return Tab(
        id="invitations",
        url=url_for("bubbles.invitations", bubble_id=bubble.id),
        label=_("Invitations"),
        count=queries.count_open_invitations_for(actor, bubble.id, clock.now()),
        rank=10,
    )


def information_tab(_actor: Any, bubble: Any) -> Tab:
    return Tab(
        id="information",
        url=url_for("bubbles.information", bubble_id=bubble.id),
        label=_("General information"),
        rank=90,
    )


def bubble_tabs(bubble: Any) -> list[Tab]:
    """Return the tabs of one bubble's pages, for templates."""
    tabs: list[Tab] = filled("bubble_tab", current_actor(), bubble)
    return tabs
