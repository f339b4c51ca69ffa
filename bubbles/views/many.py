"""Inviting many people at once, and people without e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles import queries
from bubbles.errors import LooksLikePatientError
from bubbles.forms.invitations import ManyForm, SheetForm
from bubbles.forms.pasted import PastedLine, read_pasted
from bubbles.operations.inviting import VALID_FOR, Offer, invite, invite_on_paper, print_again
from bubbles.policy import BubblePermission
from bubbles.views.blueprint import administered, bp, status_of
from bubbles.views.invitations import ONE, count_invitation
from bubbles.vocabulary import InvitedAs, Invitee
from core import tokens
from core.errors import DomainError, TooManyRequestsError
from core.mail import absolute_url
from core.web import current_actor
from security import backup_codes

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

MOST = 50
"""People in one paste."""


@bp.route("/bulles/<int:bubble_id>/invitations/plusieurs", methods=["GET", "POST"])
def many(bubble_id: int) -> ResponseReturnValue:
    """Send what can be sent, one transaction each; give the rest back with its reason."""
    bubble = administered(bubble_id, BubblePermission.INVITE)
    form = ManyForm(invited_as=request.args.get("role", InvitedAs.CAREGIVER.value))
    form.offer(queries.list_caregiver_members(bubble.id))
    if not form.validate_on_submit():
        return _many_page(bubble, form), status_of(form)
    lines = read_pasted(form.addresses.data or "")
    if not lines:
        form.addresses.errors = [_("Paste the addresses of the people you invite.")]
        return _many_page(bubble, form), 422
    if len(lines) > MOST:
        form.addresses.errors = [
            _("You pasted %(count)d people. Paste 50 at most at a time.", count=len(lines))
        ]
        return _many_page(bubble, form), 422
    sent, refused = _send_each(bubble, form, lines)
    if not refused:
        flash(_sent_words(sent), "ok")
        return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))
    form.addresses.data = "\n".join(line.text for line, _reason in refused)
    form.key.data = tokens.new_token()
    page = _many_page(bubble, form, refused=refused, sent=_sent_words(sent) if sent else "")
    return page, (200 if sent else 422)


def _send_each(
    bubble: Any, form: ManyForm, lines: list[PastedLine]
) -> tuple[int, list[tuple[PastedLine, str]]]:
    sent: set[str] = set()
    refused = []
    for line in lines:
        if line.email is None:
            refused.append((line, _("There is no whole address here.")))
        elif line.email not in sent:  # who stands there twice is invited once
            reason = _send(bubble, form, line, line.email)
            if reason:
                refused.append((line, reason))
            else:
                sent.add(line.email)
    return len(sent), refused


def _send(bubble: Any, form: ManyForm, line: PastedLine, email: str) -> str:
    """Invite one of them; return why not."""
    actor = current_actor()
    try:
        count_invitation(actor, email)
        invite(
            actor,
            bubble,
            email=email,
            invited_as=InvitedAs(form.invited_as.data),
            word=form.word.data or "",
            follower_ids=form.followers.data or (),
            invitee=Invitee(line.given_name, line.family_name),
            key=f"{form.key.data}:{email}",
        )
    except TooManyRequestsError as error:
        minutes = -(-error.retry_after // 60)
        words: str = ngettext(
            "Many were sent already. Try again in %(num)d minute.",
            "Many were sent already. Try again in %(num)d minutes.",
            minutes,
        )
        return words
    except DomainError as error:
        return str(error.message)
    return ""


def _sent_words(count: int) -> str:
    words: str = ngettext(
        "%(num)d invitation is on its way.", "%(num)d invitations are on their way.", count
    )
    return words


def _many_page(bubble: Any, form: ManyForm, **context: Any) -> str:
    return render_template(
        "bubbles/many.html", bubble=bubble, form=form, valid_days=VALID_FOR.days, **context
    )


@bp.route("/bulles/<int:bubble_id>/invitations/feuille", methods=["GET", "POST"])
def sheet(bubble_id: int) -> ResponseReturnValue:
    actor = current_actor()
    bubble = administered(bubble_id, BubblePermission.INVITE)
    form = SheetForm(invited_as=request.args.get("role", InvitedAs.PATIENT.value))
    form.offer(queries.list_caregiver_members(bubble.id))
    if not form.validate_on_submit():
        return _sheet_form(bubble, form), status_of(form)
    count_invitation(actor, "")
    offer = Offer(
        invited_as=InvitedAs(form.invited_as.data),
        invitee=form.invitee(),
        follower_ids=tuple(sorted(set(form.followers.data or ()))),
    )
    try:
        invitation, code = invite_on_paper(actor, bubble, offer=offer, key=form.key.data)
    except LooksLikePatientError as error:
        form.despite_likeness.errors = [str(error.message)]
        return _sheet_form(bubble, form, looks_alike=True), 409
    if code is None:
        flash(_("This sheet was made already. If it was not printed, make a new code."), "warn")
        return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))
    return _sheet_page(bubble, invitation, code)


@bp.post(f"{ONE}/feuille", endpoint="sheet_again")
def new_code(bubble_id: int, invitation_id: int) -> ResponseReturnValue:
    actor = current_actor()
    bubble = administered(bubble_id, BubblePermission.RESEND)
    invitation = queries.get_invitation_for(actor, invitation_id, bubble.id)
    count_invitation(actor, "")
    return _sheet_page(bubble, invitation, print_again(actor, invitation))


def _sheet_form(bubble: Any, form: SheetForm, *, looks_alike: bool = False) -> str:
    return render_template(
        "bubbles/new_sheet.html",
        bubble=bubble,
        form=form,
        looks_alike=looks_alike,
        valid_days=VALID_FOR.days,
    )


def _sheet_page(bubble: Any, invitation: Any, code: str) -> str:
    return render_template(
        "bubbles/sheet.html",
        bubble=bubble,
        invitation=invitation,
        code=backup_codes.show(code),
        address=absolute_url(url_for("bubbles.enter_code")),
    )
