"""Everything that changes a bubble, its staff and its invitations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import select, update

from bubbles import emails, queries
from bubbles.errors import (
    AlreadyInvitedError,
    AlreadyMemberError,
    InvitationClosedError,
    LastAdministratorError,
)
from bubbles.events import CaregiverJoined, InvitationAccepted, InvitationWanted, MemberRemoved
from bubbles.models import Bubble, Invitation, Membership
from bubbles.policy import BubblePermission
from bubbles.vocabulary import BubbleInformation, InvitedAs
from core import clock, tokens
from core.authorization import Actor, Instance, operation
from core.database import db
from core.errors import NotFoundError
from core.events import publish
from core.idempotency import once
from core.rate_limit import RateLimit
from security.models import User
from security.operations.vouching import add_vouched_code
from security.queries import find_user_by_email
from security.vocabulary import IdentityCheck

T = TypeVar("T", Membership, Invitation)
VALID_FOR = timedelta(days=14)
"""How long an invitation's link lives."""
INVITATIONS = RateLimit("invitations", 50, timedelta(hours=1))
"""Sent by one person, resent ones included; counted by the page, outside the operation."""
INVITATIONS_TO_ADDRESS = RateLimit("invitations_to", 5, timedelta(hours=24))
"""Sent by one person to one address: whoever never answers is left alone."""
NEW_BUBBLES = RateLimit("bubbles", 10, timedelta(hours=24))
"""Founded by one person."""


@operation(BubblePermission.CREATE)
def create_bubble(
    actor: User, _instance: Instance, *, information: BubbleInformation, also_caregiver: bool
) -> Bubble:
    """Found a team; its creator administers it."""
    now = clock.now()
    bubble = Bubble(**asdict(information), created_at=now, created_by_id=actor.id)
    bubble.memberships.append(
        Membership(user_id=actor.id, is_admin=True, is_caregiver=also_caregiver, joined_at=now)
    )
    db.session.add(bubble)
    db.session.flush()  # the event names the bubble
    if also_caregiver:
        publish(CaregiverJoined(bubble_id=bubble.id, user_id=actor.id))
    return bubble


@operation(BubblePermission.UPDATE)
def update_bubble(_actor: Actor, bubble: Bubble, *, information: BubbleInformation) -> None:
    """Replace the general information."""
    for field, value in asdict(information).items():
        setattr(bubble, field, value)


@operation(BubblePermission.REMOVE_MEMBER)
def remove_member(_actor: Actor, membership: Membership) -> None:
    """Take somebody out of the staff, or leave; what they held here ends with it.

    Raises:
        LastAdministratorError: nobody would be left to administer the bubble.
    """
    membership = _locked(membership)
    if membership.is_admin and queries.count_admins(membership.bubble_id) == 1:
        raise LastAdministratorError
    event = MemberRemoved(bubble_id=membership.bubble_id, user_id=membership.user_id)
    db.session.delete(membership)
    publish(event)


@operation(BubblePermission.VOUCH)
def vouch_for_member(actor: User, membership: Membership, *, how: IdentityCheck) -> str:
    """Make a code that helps a member back into their account, after checking who they are."""
    return add_vouched_code(membership.user, made_by=actor, how=how)


@operation(BubblePermission.INVITE)
def invite(
    actor: User,
    bubble: Bubble,
    *,
    email: str,
    invited_as: InvitedAs,
    word: str = "",
    follower_ids: Iterable[int] = (),
    key: str | None = None,
) -> Invitation:
    """Send a personal link to ``email``, which is folded; the same ``key`` sends it once.

    ``follower_ids`` are accounts of caregivers of the bubble, who will follow an invited patient.

    Raises:
        AlreadyMemberError: the address is that of a member in this role.
        AlreadyInvitedError: it has an open invitation in this role.
        NotFoundError: a follower is no caregiver of the bubble.
    """
    queries.lock_bubble(bubble.id)
    followers = sorted(set(follower_ids)) if invited_as is InvitedAs.PATIENT else []
    request = json.dumps([bubble.id, email, invited_as, word, followers])

    def act() -> int:
        _refuse_needless(bubble, email, invited_as)
        return _write_invitation(actor, bubble, email, invited_as, word, followers)

    invitation_id = once(actor.id, "invite", key, request, act)
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFoundError
    return invitation


def _locked(row: T) -> T:
    """Lock the bubble of ``row``, then read the row anew: the check of rights read it too early."""
    queries.lock_bubble(row.bubble_id)
    fresh = db.session.get(type(row), row.id, populate_existing=True)
    if fresh is None:
        raise NotFoundError
    return fresh


def _refuse_needless(bubble: Bubble, email: str, invited_as: InvitedAs) -> None:
    if invited_as is InvitedAs.CAREGIVER and queries.is_caregiver_address(bubble.id, email):
        raise AlreadyMemberError
    publish(InvitationWanted(bubble_id=bubble.id, email=email, invited_as=invited_as))
    known = queries.find_open_invitation(bubble.id, email, invited_as, clock.now())
    if known is not None:
        raise AlreadyInvitedError(known.id)


def _write_invitation(
    actor: User, bubble: Bubble, email: str, invited_as: InvitedAs, word: str, followers: list[int]
) -> int:
    members = {user.id: user for user in queries.list_caregiver_members(bubble.id)}
    if set(followers) - members.keys():
        raise NotFoundError
    now = clock.now()
    token = tokens.new_token()
    invitation = Invitation(
        bubble_id=bubble.id,
        email=email,
        invited_as=invited_as,
        word=word,
        token_hash=tokens.hash_token(token),
        invited_by_id=actor.id,
        created_at=now,
        sent_at=now,
        expires_at=now + VALID_FOR,
        followers=[members[user_id] for user_id in followers],
    )
    db.session.add(invitation)
    db.session.flush()  # the mail needs the bubble behind the invitation
    _mail(invitation, token, actor)
    return invitation.id


def _mail(invitation: Invitation, token: str, inviter: User) -> None:
    known = find_user_by_email(invitation.email)
    invitation.outbox_message = emails.invite(
        invitation, token=token, inviter=inviter, locale=known.locale if known else inviter.locale
    )


@operation(BubblePermission.RESEND)
def resend_invitation(actor: User, invitation: Invitation) -> None:
    """Send a new link, good for as long as a first one; the link before it is dead.

    Raises:
        InvitationClosedError: it was accepted or revoked.
    """
    invitation = _locked(invitation)
    if invitation.accepted_at or invitation.revoked_at:
        raise InvitationClosedError
    emails.withdraw(invitation)
    token = tokens.new_token()
    invitation.token_hash = tokens.hash_token(token)
    invitation.invited_by_id = actor.id
    invitation.sent_at = clock.now()
    invitation.expires_at = invitation.sent_at + VALID_FOR
    invitation.opened_at = None
    _mail(invitation, token, actor)


@operation(BubblePermission.REVOKE)
def revoke_invitation(actor: User, invitation: Invitation) -> None:
    """Kill the link; revoking twice changes nothing.

    Raises:
        InvitationClosedError: it was accepted meanwhile.
    """
    invitation = _locked(invitation)
    if invitation.accepted_at:
        raise InvitationClosedError
    if invitation.revoked_at is None:
        invitation.revoked_at = clock.now()
        invitation.revoked_by_id = actor.id
        emails.withdraw(invitation)


@operation(BubblePermission.OPEN)
def open_invitation(_actor: Actor, invitation: Invitation) -> None:
    """Note that a person, not a mail scanner, has followed the link."""
    db.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.opened_at.is_(None))
        .values(opened_at=clock.now())
    )


@operation(BubblePermission.ACCEPT)
def accept_invitation(actor: User, invitation: Invitation) -> Invitation:
    """Say yes. A caregiver joins the staff; a patient's place is made by who hears the event.

    Saying yes twice is saying it once.

    Raises:
        InvitationClosedError: it was revoked, has expired, or somebody else used it.
    """
    queries.lock_bubble(invitation.bubble_id)
    now = clock.now()
    won = db.session.scalar(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(accepted_at=now, accepted_by_id=actor.id)
        .returning(Invitation.id)
    )
    db.session.refresh(invitation)
    if won is None:
        if invitation.accepted_by_id == actor.id:
            return invitation
        raise InvitationClosedError
    if invitation.opened_at is None:
        invitation.opened_at = now
    if invitation.invited_as is InvitedAs.CAREGIVER:
        _join_as_caregiver(actor, invitation.bubble_id)
    publish(
        InvitationAccepted(
            invitation_id=invitation.id,
            bubble_id=invitation.bubble_id,
            user_id=actor.id,
            invited_as=invitation.invited_as,
            follower_ids=_present_followers(invitation),
        )
    )
    return invitation


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
    members: Any = select(Membership.user_id).where(
        Membership.bubble_id == invitation.bubble_id, Membership.is_caregiver
    )
    present = set(db.session.scalars(members))
    return tuple(sorted(user.id for user in invitation.followers if user.id in present))
