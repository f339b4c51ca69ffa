"""What the invited person sees: the page behind a link or a code, and their answer."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from bubbles import queries
from bubbles.errors import AlreadyMemberError, InvitationClosedError, UnknownCodeError
from bubbles.forms.invitations import SheetCodeForm, WayForm
from bubbles.operations.answering import (
    CODES_OF_ADDRESS,
    CODES_OF_NETWORK,
    WANTED_AGAIN,
    WRONG_CODES,
    accept_invitation,
    ask_again,
    decline_invitation,
    enter_code,
    open_invitation,
)
from bubbles.policy import is_addressee, may_be_named
from bubbles.views.blueprint import bp
from core import clock, rate_limit
from core.authorization import INSTANCE, Anonymous
from core.errors import NotFoundError, TooManyRequestsError
from core.page_slots import filled
from core.web import current_actor, public, signed_in
from security import backup_codes
from security.addresses import home_of, mask_email, network_of
from security.views.invited_sign_up import begin_invited
from security.vocabulary import AwaitedPerson

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from bubbles.models import Invitation

PATH = "/invitations/"
EVERYWHERE = "everywhere"


@bp.route("/invitation", methods=["GET", "POST"], endpoint="enter_code")
@public
def code_of_sheet() -> ResponseReturnValue:
    """Lead from the code of a sheet to its invitation: wrong, used and old codes are alike."""
    form = SheetCodeForm()
    if request.method == "GET":
        return render_template("bubbles/enter_code.html", form=form)
    if not form.validate():
        return render_template("bubbles/enter_code.html", form=form), 422
    try:
        rate_limit.hit_network(CODES_OF_ADDRESS, home_of(request.remote_addr))
        rate_limit.hit_network(CODES_OF_NETWORK, network_of(request.remote_addr))
    except TooManyRequestsError as error:
        form.code.errors = [_("Many codes were tried from here. Wait a quarter of an hour.")]
        page = render_template("bubbles/enter_code.html", form=form)
        return page, 429, {"Retry-After": str(error.retry_after)}
    actor = current_actor()
    try:
        if not actor.id:
            rate_limit.check(WRONG_CODES, EVERYWHERE)
        code = backup_codes.read(form.code.data or "")
        token = enter_code(actor, INSTANCE, code=code or "")
    except TooManyRequestsError as error:
        form.code.errors = [
            _(
                "Many codes were tried on this site. Wait an hour, or sign in first, "
                "then write your code."
            )
        ]
        page = render_template("bubbles/enter_code.html", form=form)
        return page, 429, {"Retry-After": str(error.retry_after)}
    except UnknownCodeError as error:
        if not actor.id:
            with contextlib.suppress(TooManyRequestsError):  # others came to the end of it first
                rate_limit.hit(WRONG_CODES, EVERYWHERE)
        form.code.errors = [str(error.message)]
        return render_template("bubbles/enter_code.html", form=form), 422
    return redirect(url_for("bubbles.invitation", token=token))


@bp.get("/invitations/<token>")
@public
def invitation(token: str) -> ResponseReturnValue:
    actor = current_actor()
    invitation = queries.find_invitation_by_token(token)
    is_theirs = invitation is not None and is_addressee(actor, invitation)
    is_open = invitation is not None and invitation.is_open(clock.now())
    if invitation is None or not (is_open or is_theirs):
        return _unknown_page(token)
    if not is_open:
        state = invitation.state(clock.now())
        page = render_template(
            "bubbles/invitation_closed.html", invitation=invitation, state=state, token=token
        )
        return page, 410
    if is_theirs:
        urls = filled("acceptance", actor, invitation, token)
        return _invitation_page(invitation, token, next_url=next(iter(urls), None))
    return _invitation_page(
        invitation,
        token,
        is_stranger=True,
        signed_in_as=None if isinstance(actor, Anonymous) else mask_email(actor.email),
        meant_for="" if invitation.is_on_paper else mask_email(invitation.email),
    )


@bp.post("/invitations/<token>/ouverture", endpoint="open_invitation")
@public
def follow_invitation(token: str) -> ResponseReturnValue:
    """Go on to an account: which of the two ways is the person's to say, not the link's."""
    invitation = _open_invitation(token)
    open_invitation(current_actor(), invitation)
    back = url_for("bubbles.invitation", token=token)
    if current_actor().id:
        return redirect(back)
    if WayForm().compte.data:
        return redirect(url_for("security.sign_in", suite=back))
    if invitation.is_on_paper:
        return redirect(url_for("security.sign_up", suite=back))
    return begin_invited(invitation.email, suite=back)


@bp.post("/invitations/<token>/acceptation", endpoint="accept_invitation")
def accept(token: str) -> ResponseReturnValue:
    actor = signed_in()
    invitation = queries.find_invitation_by_token(token)
    if invitation is None or not is_addressee(actor, invitation):
        raise NotFoundError
    try:
        accepted = accept_invitation(actor, invitation, link=token)
    except AlreadyMemberError as error:
        return _invitation_page(invitation, token, refusal=str(error.message)), 409
    if accepted.is_for_patient:
        return redirect(url_for("home.start"))
    flash(_("You are now a caregiver of %(bubble)s.", bubble=accepted.bubble.name), "ok")
    return redirect(url_for("bubbles.show", bubble_id=accepted.bubble_id))


@bp.route("/invitations/<token>/refus", methods=["GET", "POST"], endpoint="decline_invitation")
@public
def decline(token: str) -> ResponseReturnValue:
    """Say no; who never had an account needs none for that."""
    invitation = queries.find_invitation_by_token(token)
    if invitation is None:
        raise NotFoundError
    if request.method == "GET":
        if not invitation.is_open(clock.now()):
            raise NotFoundError
        return render_template("bubbles/decline.html", invitation=invitation, token=token)
    try:
        decline_invitation(current_actor(), invitation, link=token)
    except InvitationClosedError as error:
        raise NotFoundError from error
    return render_template("bubbles/declined.html")


@bp.post("/invitations/<token>/demande", endpoint="ask_again")
@public
def want_again(token: str) -> ResponseReturnValue:
    """Tell who invited, if anybody still may; the answer is the same for all."""
    rate_limit.hit_network(WANTED_AGAIN, network_of(request.remote_addr))
    invitation = queries.find_invitation_by_token(token)
    if invitation is not None:
        ask_again(current_actor(), invitation)
    return render_template("bubbles/asked_again.html")


def _unknown_page(token: str) -> ResponseReturnValue:
    """Say the same of what was used, revoked, or never written: only its person learns which."""
    return render_template("bubbles/invitation_unknown.html", token=token), 404


def _invitation_page(
    invitation: Invitation,
    token: str,
    *,
    next_url: str | None = None,
    is_stranger: bool = False,
    signed_in_as: str | None = None,
    meant_for: str = "",
    refusal: str = "",
) -> str:
    return render_template(
        "bubbles/invitation.html",
        invitation=invitation,
        token=token,
        is_named=may_be_named(current_actor(), invitation),
        has_logo=invitation.bubble.logo is not None,
        next_url=next_url,
        is_stranger=is_stranger,
        signed_in_as=signed_in_as,
        meant_for=meant_for,
        refusal=refusal,
    )


def _open_invitation(token: str) -> Invitation:
    invitation = queries.find_invitation_by_token(token)
    if invitation is None or not invitation.is_open(clock.now()):
        raise NotFoundError
    return invitation


def address_awaited(suite: str) -> AwaitedPerson | None:
    """Fill the slot « address_awaited »: whom an account is made for, that an invitation asks for.

    What is known of the person shows once they have proved the address, and only then.
    """
    token, _sep, rest = suite.removeprefix(PATH).partition("/")
    if not suite.startswith(PATH) or rest:
        return None
    invitation = queries.find_invitation_by_token(token)
    if invitation is None or invitation.is_on_paper or not invitation.is_open(clock.now()):
        return None
    then = (_("Invitation"), _("Identity")) if invitation.is_for_patient else (_("Invitation"),)
    return AwaitedPerson(invitation.email, invitation.given_name, invitation.family_name, then)
