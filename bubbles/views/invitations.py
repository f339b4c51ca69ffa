"""The invitations of a bubble: the list, inviting one person, sending again, revoking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from bubbles import queries
from bubbles.errors import AlreadyInvitedError, AlreadyMemberError, LooksLikePatientError
from bubbles.forms.invitations import InvitationForm
from bubbles.operations.inviting import (
    INVITATIONS,
    INVITATIONS_TO_ADDRESS,
    VALID_FOR,
    invite,
    resend_invitation,
    revoke_invitation,
    show_link,
)
from bubbles.policy import BubblePermission
from bubbles.views.blueprint import administered, bp
from bubbles.vocabulary import InvitationState, InvitedAs
from core import clock, paging, rate_limit
from core.forms import status_of
from core.mail import absolute_url
from core.web import signed_in
from security.views.step_up import requires_fresh_proof

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from bubbles.models import Bubble
    from security.models import User

ONE = "/bulles/<int:bubble_id>/invitations/<int:invitation_id>"


@bp.get("/bulles/<int:bubble_id>/invitations")
def invitations(bubble_id: int) -> ResponseReturnValue:
    bubble = administered(bubble_id, BubblePermission.INVITE)
    asked = request.args.get("etat", "")
    state = InvitationState(asked) if asked in set(InvitationState) else None
    listed = queries.list_invitations_for(signed_in(), bubble.id, state=state, page=_page_asked())
    open_states = set(InvitationState) - ENDED
    return render_template(
        "bubbles/invitations.html",
        bubble=bubble,
        listed=listed,
        state=state,
        states=[possible for possible in InvitationState if listed.counts.get(possible)],
        total=sum(listed.counts.values()),
        open_count=sum(listed.counts.get(open_state, 0) for open_state in open_states),
        form=_form(bubble),
        unconfirmed=queries.list_unconfirmed_for(signed_in(), bubble.id),
        valid_days=VALID_FOR.days,
        now=clock.now(),
    )


ENDED = {
    InvitationState.ACCEPTED,
    InvitationState.DECLINED,
    InvitationState.EXPIRED,
    InvitationState.REVOKED,
}


def _page_asked() -> int:
    return paging.asked(request.args.get("page"))


@bp.route("/bulles/<int:bubble_id>/invitations/nouvelle", methods=["GET", "POST"])
def new_invitation(bubble_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = administered(bubble_id, BubblePermission.INVITE)
    form = _form(bubble)
    if not form.validate_on_submit():
        return _invitation_page(bubble, form), status_of(form)
    count_invitation(actor, form.email.data or "")
    try:
        invitation = invite(
            actor,
            bubble,
            email=form.email.data or "",
            invited_as=InvitedAs(form.invited_as.data),
            word=form.word.data or "",
            follower_ids=form.followers.data or (),
            invitee=form.invitee(),
            key=form.key.data,
        )
    except AlreadyInvitedError as error:
        form.email.errors = [str(error.message)]
        return _invitation_page(bubble, form, open_id=error.invitation_id), 409
    except AlreadyMemberError as error:
        form.email.errors = [str(error.message)]
        return _invitation_page(bubble, form), 409
    except LooksLikePatientError as error:
        form.despite_namesake.errors = [str(error.message)]
        return _invitation_page(bubble, form, has_namesake=True), 409
    flash(_("The invitation to %(email)s is on its way.", email=invitation.email), "ok")
    return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))


@bp.post(f"{ONE}/renvoi")
def resend(bubble_id: int, invitation_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = administered(bubble_id, BubblePermission.RESEND)
    invitation = queries.get_invitation_for(actor, invitation_id, bubble.id)
    count_invitation(actor, invitation.email)
    resend_invitation(actor, invitation)
    flash(
        _(
            "A new link is on its way to %(email)s. The one before it no longer works.",
            email=invitation.email,
        ),
        "ok",
    )
    return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))


@bp.route(f"{ONE}/lien", methods=["GET", "POST"])
@requires_fresh_proof
def link(bubble_id: int, invitation_id: int) -> ResponseReturnValue:
    """Show a new link once, by the very answer that made it."""
    actor = signed_in()
    bubble = administered(bubble_id, BubblePermission.SHOW_LINK)
    invitation = queries.get_invitation_for(actor, invitation_id, bubble.id)
    page = {"bubble": bubble, "invitation": invitation, "valid_days": VALID_FOR.days}
    if request.method == "GET":
        return render_template("bubbles/link.html", **page)
    count_invitation(actor, invitation.email)
    token = show_link(actor, invitation)
    return render_template(
        "bubbles/link.html", address=absolute_url(f"/invitations/{token}"), **page
    )


@bp.route(f"{ONE}/revocation", methods=["GET", "POST"])
def revoke(bubble_id: int, invitation_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = administered(bubble_id, BubblePermission.REVOKE)
    invitation = queries.get_invitation_for(actor, invitation_id, bubble.id)
    if request.method == "GET":
        return render_template("bubbles/revoke.html", bubble=bubble, invitation=invitation)
    revoke_invitation(actor, invitation)
    flash(_("The invitation of %(person)s is revoked.", person=invitation.person), "ok")
    return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))


def count_invitation(actor: User, email: str) -> None:
    """Count a sending before it happens.

    Raises:
        TooManyRequestsError: enough were sent, by this person or to this address.
    """
    rate_limit.hit(INVITATIONS, str(actor.id))
    if email:
        rate_limit.hit(INVITATIONS_TO_ADDRESS, f"{actor.id}\x00{email}")


def role_asked(otherwise: InvitedAs) -> str:
    """Return the part that the address asks for: the form shows the fields of that part alone."""
    asked = request.args.get("role")
    return asked if asked in set(InvitedAs) else otherwise.value


def _form(bubble: Bubble) -> InvitationForm:
    form = InvitationForm(invited_as=role_asked(InvitedAs.CAREGIVER))
    form.offer(queries.list_caregiver_members(bubble.id))
    return form


def _invitation_page(
    bubble: Bubble, form: InvitationForm, *, open_id: int | None = None, has_namesake: bool = False
) -> str:
    return render_template(
        "bubbles/new_invitation.html",
        bubble=bubble,
        form=form,
        open_id=open_id,
        has_namesake=has_namesake,
        valid_days=VALID_FOR.days,
    )
