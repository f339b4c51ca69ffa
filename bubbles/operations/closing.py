"""Ending a team, all of it at once."""

from __future__ import annotations

import unicodedata

from sqlalchemy import select

from bubbles import emails, queries
from bubbles.errors import WrongNameError
from bubbles.events import BubbleClosed, MemberRemoved
from bubbles.locks import bubble_of
from bubbles.models import Bubble, FormerMembership, Invitation
from bubbles.operations.members import end_quietly
from bubbles.policy import BubblePermission
from core import clock
from core.authorization import consequence, operation
from core.database import db
from core.events import publish
from core.mail import say
from security.models import User


@operation(BubblePermission.CLOSE, lock=bubble_of)
def close_bubble(actor: User, bubble: Bubble, *, typed_name: str) -> None:
    """Close for good: no staff, no invitation, no place of a patient is left; the row stays.

    Nobody reaches anything from here on. What else ends with it (hours that were booked, agendas)
    may be many thousand things: who hears ``BubbleClosed`` ends them, now or little by little, and
    then calls ``tell_departures``.

    Raises:
        WrongNameError: the name typed to confirm is another.
    """
    if _plain(typed_name) != _plain(bubble.name):
        raise WrongNameError
    now = clock.now()
    bubble.closed_at = now
    _revoke_open_invitations(actor, bubble)
    staff = queries.list_members(bubble.id)
    letter = emails.closed(bubble.id, by=actor.display_name)
    say(letter.to(membership.user_id) for membership in staff)
    for membership in staff:
        end_quietly(membership, at=now)
    publish(BubbleClosed(bubble_id=bubble.id))


@consequence
def tell_departures(bubble_id: int) -> None:
    """Say of each of the staff of a closed bubble that they are gone; idempotent."""
    bubble = db.session.get_one(Bubble, bubble_id)
    query = select(FormerMembership.user_id).where(
        FormerMembership.bubble_id == bubble_id, FormerMembership.left_at == bubble.closed_at
    )
    for user_id in db.session.scalars(query.order_by(FormerMembership.id)).all():
        publish(MemberRemoved(bubble_id=bubble_id, user_id=user_id))


def _revoke_open_invitations(actor: User, bubble: Bubble) -> None:
    query = select(Invitation).where(
        Invitation.bubble_id == bubble.id, queries.is_unanswered(), queries.is_unexpired()
    )
    for invitation in db.session.scalars(query):
        invitation.revoked_at = clock.now()
        invitation.revoked_by_id = actor.id
        emails.withdraw(invitation)


def _plain(name: str) -> str:
    """Compare what people see: spaces and compositions of letters are no difference."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()
