"""What the invited person does: opening, accepting, declining, asking for another link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from bubbles import emails, queries
from bubbles.errors import AlreadyMemberError, InvitationClosedError, UnknownCodeError
from bubbles.events import CaregiverJoined, InvitationAccepted
from bubbles.models import Invitation, Membership
from bubbles.operations.inviting import hash_sheet_code
from bubbles.policy import BubblePermission
from bubbles.vocabulary import InvitedAs
from core import clock, tokens
from core.authorization import Actor, Instance, operation
from core.database import db
from core.events import publish
from core.mail import say
from core.rate_limit import RateLimit
from security.models import User

CODES_OF_ADDRESS = RateLimit("invitation_codes", 10, timedelta(minutes=15))
"""Codes of sheets typed from one IP address, right or wrong."""
CODES_OF_NETWORK = RateLimit("invitation_codes_network", 60, timedelta(hours=1))
"""The same from one network."""
WRONG_CODES = RateLimit("invitation_codes_wrong", 1000, timedelta(hours=1))
"""Wrong ones typed by visitors, from wherever: with a thousand sheets about, somebody who has all
the addresses of the world would need a century to meet one. Who is signed in is not held up."""
WANTED_AGAIN = RateLimit("invitations_wanted", 5, timedelta(hours=1))
"""Requests for another link, from one network."""


@operation(BubblePermission.OPEN)
def open_invitation(_actor: Actor, invitation: Invitation) -> None:
    """Note that a person, not a mail scanner, has followed the link."""
    db.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.opened_at.is_(None))
        .values(opened_at=clock.now())
    )


@operation(BubblePermission.ENTER_CODE)
def enter_code(_actor: Actor, _instance: Instance, *, code: str) -> str:
    """Return the token of a new link to the invitation of this sheet; counted by the page.

    Raises:
        UnknownCodeError: no open invitation has this code.
    """
    invitation = queries.find_invitation_by_code(hash_sheet_code(code), clock.now())
    if invitation is None:
        raise UnknownCodeError
    token = tokens.new_token()
    changed = db.session.scalar(
        update(Invitation)
        .where(Invitation.id == invitation.id, *_still_open())
        .values(token_hash=tokens.hash_token(token))
        .returning(Invitation.id)
    )
    if changed is None:
        raise UnknownCodeError
    return token


@operation(BubblePermission.ACCEPT)
def accept_invitation(
    actor: User, invitation: Invitation, *, link: str | None = None
) -> Invitation:
    """Say yes. A caregiver joins the staff; a patient's place is made by who hears the event.

    Saying yes twice is saying it once. ``link`` is the token that was followed: one that was
    replaced meanwhile is dead.

    Raises:
        InvitationClosedError: it was declined or revoked, has expired, somebody else used it, or
            who sent it may invite no more.
        AlreadyMemberError: a sheet for a caregiver, in the hands of one of the bubble.
    """
    queries.lock_bubble(invitation.bubble_id)
    db.session.refresh(invitation)
    if invitation.accepted_by_id == actor.id:
        return invitation
    _refuse_who_is_there(actor, invitation)
    now = clock.now()
    same_link = (Invitation.token_hash == tokens.hash_token(link),) if link else ()
    won = db.session.scalar(
        update(Invitation)
        .where(Invitation.id == invitation.id, *_still_open(), *same_link)
        .values(accepted_at=now, accepted_by_id=actor.id)
        .returning(Invitation.id)
    )
    if won is None:
        raise InvitationClosedError
    db.session.refresh(invitation)
    if invitation.opened_at is None:
        invitation.opened_at = now
    if invitation.invited_as is InvitedAs.CAREGIVER:
        _join_as_caregiver(actor, invitation.bubble_id)
    followers = _present_followers(invitation)
    _tell_administrators(invitation, is_followed=bool(followers))
    publish(
        InvitationAccepted(
            invitation_id=invitation.id,
            bubble_id=invitation.bubble_id,
            user_id=actor.id,
            invited_as=invitation.invited_as,
            follower_ids=followers,
        )
    )
    return invitation


def _tell_administrators(invitation: Invitation, *, is_followed: bool) -> None:
    """Say what only they can mend: a sheet in wrong hands, a patient whose followers have left."""
    is_left_alone = invitation.is_for_patient and invitation.followers and not is_followed
    if not (invitation.is_on_paper or is_left_alone):
        return
    admins, bubble_id = queries.list_admins(invitation.bubble_id), invitation.bubble_id
    if invitation.is_on_paper:
        say(emails.sheet_used(bubble_id).to(admin.id) for admin in admins)
    if is_left_alone:
        say(emails.arrived_without_follower(bubble_id).to(admin.id) for admin in admins)


@operation(BubblePermission.DECLINE)
def decline_invitation(_actor: Actor, invitation: Invitation, *, link: str) -> None:
    """Say no, with or without an account; idempotent.

    Raises:
        InvitationClosedError: it was accepted or revoked, has expired, or the link is old.
    """
    queries.lock_bubble(invitation.bubble_id)
    db.session.refresh(invitation)
    hashed = tokens.hash_token(link)
    if invitation.declined_at is not None and invitation.token_hash == hashed:
        return
    won = db.session.scalar(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.token_hash == hashed, *_still_open())
        .values(declined_at=clock.now())
        .returning(Invitation.id)
    )
    db.session.refresh(invitation)
    if won is None:
        raise InvitationClosedError


@operation(BubblePermission.ASK_AGAIN)
def ask_again(_actor: Actor, invitation: Invitation) -> None:
    """Tell the administrators, once for each link, that its addressee would like another.

    Silent where nothing is to be had: who asks learns nothing from the answer.
    """
    queries.lock_bubble(invitation.bubble_id)
    db.session.refresh(invitation)
    now = clock.now()
    withdrawn = invitation.accepted_at or invitation.revoked_at or invitation.bubble.closed_at
    if withdrawn or invitation.is_open(now) or invitation.wanted_again_at is not None:
        return
    invitation.wanted_again_at = now
    letter = emails.wanted_again(invitation.bubble_id)
    say(
        letter.to(admin.id, key=f"wanted-{admin.id}-{invitation.token_hash}")
        for admin in queries.list_admins(invitation.bubble_id)
    )


def _still_open() -> tuple[Any, ...]:
    return (queries.is_unanswered(), queries.is_unexpired(), Invitation.is_backed)


def _refuse_who_is_there(actor: User, invitation: Invitation) -> None:
    """A sheet names no account: one of the team must not use up somebody else's."""
    if invitation.is_on_paper and queries.get_membership(actor.id, invitation.bubble_id):
        raise AlreadyMemberError


def _join_as_caregiver(actor: User, bubble_id: int) -> None:
    membership = queries.get_membership(actor.id, bubble_id)
    if membership is None:
        membership = Membership(
            bubble_id=bubble_id, user_id=actor.id, is_admin=False, joined_at=clock.now()
        )
        db.session.add(membership)
    membership.is_caregiver = True
    publish(CaregiverJoined(bubble_id=bubble_id, user_id=actor.id))


def _present_followers(invitation: Invitation) -> tuple[int, ...]:
    present = {user.id for user in queries.list_caregiver_members(invitation.bubble_id)}
    return tuple(sorted(user.id for user in invitation.followers if user.id in present))
