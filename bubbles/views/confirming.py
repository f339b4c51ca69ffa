"""Invitations whose sender administers no more: standing for them, or withdrawing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles import queries
from bubbles.errors import InvitationClosedError
from bubbles.forms.invitations import UnconfirmedForm
from bubbles.operations.inviting import confirm_invitation, revoke_invitation
from bubbles.policy import BubblePermission
from bubbles.views.blueprint import administered, bp
from core.web import signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from bubbles.models import Bubble


@bp.post("/bulles/<int:bubble_id>/invitations/confirmation", endpoint="confirm_invitations")
def confirm(bubble_id: int) -> ResponseReturnValue:
    """Confirm or withdraw those that are ticked, or the one whose button was pressed."""
    actor = signed_in()
    bubble = administered(bubble_id, BubblePermission.CONFIRM)
    form = UnconfirmedForm()
    form.offer(queries.list_unconfirmed_for(actor, bubble.id))
    back = redirect(url_for("bubbles.invitations", bubble_id=bubble.id))
    if not form.validate():
        flash(_("Tick at least one invitation that still waits to be confirmed."), "warn")
        return back
    done = 0
    act = revoke_invitation if form.withdraws else confirm_invitation
    for invitation_id in form.chosen():
        try:
            act(actor, queries.get_invitation_for(actor, invitation_id, bubble.id))
        except InvitationClosedError:  # answered, or over, since the list was shown
            continue
        done += 1
    flash(_withdrawn_words(done) if form.withdraws else _confirmed_words(done), "ok")
    return back


def _confirmed_words(count: int) -> str:
    words: str = ngettext(
        "%(num)d invitation is confirmed: its link works again.",
        "%(num)d invitations are confirmed: their links work again.",
        count,
    )
    return words


def _withdrawn_words(count: int) -> str:
    words: str = ngettext(
        "%(num)d invitation is withdrawn.", "%(num)d invitations are withdrawn.", count
    )
    return words


def unconfirmed_endings(bubble: Bubble, user_id: int) -> list[str]:
    """Say what becomes of the invitations of somebody who is about to administer no more."""
    count = queries.count_backed_by(user_id, bubble.id)
    if not count:
        return []
    return [
        ngettext(
            "%(num)d invitation that this person sent opens nothing any more until another "
            "administrator confirms it.",
            "%(num)d invitations that this person sent open nothing any more until another "
            "administrator confirms them.",
            count,
        )
    ]
