"""Inviting many people at once, and people without e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles import queries
from bubbles.errors import LooksLikePatientError
from bubbles.forms.invitations import CorrectionsForm, ManyForm, SheetForm
from bubbles.forms.pasted import MOST, PastedLine, read_pasted
from bubbles.operations.inviting import VALID_FOR, Offer, invite_on_paper, print_again
from bubbles.operations.lists import (
    Line,
    PeopleList,
    correct_list,
    find_list,
    forget_list,
    send_list,
)
from bubbles.policy import BubblePermission
from bubbles.views.blueprint import administered, bp
from bubbles.views.invitations import ONE, count_invitation, role_asked
from bubbles.vocabulary import InvitedAs, LineState
from core import tokens
from core.forms import status_of
from core.mail import absolute_url
from core.web import signed_in
from security import backup_codes

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from bubbles.models import Bubble, Invitation

LISTS = "/bulles/<int:bubble_id>/invitations/plusieurs"


@bp.route(LISTS, methods=["GET", "POST"])
def many(bubble_id: int) -> ResponseReturnValue:
    """Send what can be sent; what became of each line is on the page that follows."""
    bubble = administered(bubble_id, BubblePermission.INVITE)
    form = ManyForm(invited_as=role_asked(InvitedAs.CAREGIVER))
    form.offer(queries.list_caregiver_members(bubble.id))
    if not form.validate_on_submit():
        return _many_page(bubble, form), status_of(form)
    lines = read_pasted(form.addresses.data or "")
    if refusal := _refusal(lines):
        form.addresses.errors = [refusal]
        return _many_page(bubble, form), 422
    offer = Offer(
        InvitedAs(form.invited_as.data),
        word=form.word.data or "",
        follower_ids=tuple(sorted(set(form.followers.data or ()))),
    )
    people = PeopleList(form.key.data or tokens.new_token(), offer, _lines(lines))
    return _sent(bubble, people)


@bp.route(f"{LISTS}/<token>", methods=["GET", "POST"], endpoint="sent_list")
def correct(bubble_id: int, token: str) -> ResponseReturnValue:
    """Show what left and what did not, line by line; send what was corrected."""
    bubble = administered(bubble_id, BubblePermission.INVITE)
    people = find_list(signed_in(), bubble, token)
    form = CorrectionsForm()
    if request.method == "GET":
        form.addresses.data = "\n".join(line.text for line in people.remaining)
        return _list_page(bubble, people, form)
    if not form.validate():
        return _list_page(bubble, people, form), 422
    lines = read_pasted(form.addresses.data or "", may_have_headings=False)
    if refusal := _refusal(lines):
        form.addresses.errors = [refusal]
        return _list_page(bubble, people, form), 422
    correct_list(people, _lines(lines))
    return _sent(bubble, people)


def _refusal(lines: list[PastedLine]) -> str:
    if not lines:
        return str(_("Paste the addresses of the people you invite."))
    if len(lines) > MOST:
        return str(_("You pasted more than 300 people. Paste 300 at most at a time."))
    return ""


def _lines(pasted: list[PastedLine]) -> list[Line]:
    return [
        Line(line.text, line.email, line.given_name, line.family_name, line.birth_date)
        for line in pasted
    ]


def _sent(bubble: Bubble, people: PeopleList) -> ResponseReturnValue:
    actor = signed_in()
    send_list(actor, bubble, people)
    if people.remaining:
        at = url_for("bubbles.sent_list", bubble_id=bubble.id, token=people.token)
        return redirect(at, 303)
    forget_list(actor, bubble, token=people.token)
    flash(" ".join(_summary(people)), "ok")
    return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))


def _summary(people: PeopleList) -> list[str]:
    """Say truly how many left, and why the others did not."""
    sent, repeated, unread, refused, later = (
        len(people.having(state))
        for state in (
            LineState.SENT,
            LineState.REPEATED,
            LineState.NOT_READ,
            LineState.REFUSED,
            LineState.TO_SEND,
        )
    )
    words = [
        ngettext("%(num)d invitation is on its way.", "%(num)d invitations are on their way.", sent)
    ]
    if repeated:
        words.append(
            ngettext(
                "%(num)d line repeats an address: it is invited once.",
                "%(num)d lines repeat an address: each is invited once.",
                repeated,
            )
        )
    if unread:
        words.append(
            ngettext(
                "%(num)d line was not understood.", "%(num)d lines were not understood.", unread
            )
        )
    if refused:
        words.append(
            ngettext(
                "%(num)d person was not invited: the reason is beside the name.",
                "%(num)d people were not invited: the reason is beside each name.",
                refused,
            )
        )
    if later:
        words.append(ngettext("%(num)d has to wait.", "%(num)d have to wait.", later))
    return words


def _list_page(bubble: Bubble, people: PeopleList, form: CorrectionsForm) -> str:
    return render_template(
        "bubbles/sent_list.html", bubble=bubble, people=people, form=form, summary=_summary(people)
    )


def _many_page(bubble: Bubble, form: ManyForm) -> str:
    return render_template(
        "bubbles/many.html", bubble=bubble, form=form, valid_days=VALID_FOR.days, most=MOST
    )


@bp.route("/bulles/<int:bubble_id>/invitations/feuille", methods=["GET", "POST"])
def sheet(bubble_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = administered(bubble_id, BubblePermission.INVITE)
    form = SheetForm(invited_as=role_asked(InvitedAs.PATIENT))
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
        form.despite_namesake.errors = [str(error.message)]
        return _sheet_form(bubble, form, has_namesake=True), 409
    if code is None:
        flash(_("This sheet was made already. If it was not printed, make a new code."), "warn")
        return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))
    return _sheet_page(bubble, invitation, code)


@bp.post(f"{ONE}/feuille", endpoint="sheet_again")
def new_code(bubble_id: int, invitation_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = administered(bubble_id, BubblePermission.RESEND)
    invitation = queries.get_invitation_for(actor, invitation_id, bubble.id)
    count_invitation(actor, "")
    return _sheet_page(bubble, invitation, print_again(actor, invitation))


def _sheet_form(bubble: Bubble, form: SheetForm, *, has_namesake: bool = False) -> str:
    return render_template(
        "bubbles/new_sheet.html",
        bubble=bubble,
        form=form,
        has_namesake=has_namesake,
        valid_days=VALID_FOR.days,
    )


def _sheet_page(bubble: Bubble, invitation: Invitation, code: str) -> str:
    return render_template(
        "bubbles/sheet.html",
        bubble=bubble,
        invitation=invitation,
        code=backup_codes.show(code),
        address=absolute_url(url_for("bubbles.enter_code")),
    )
