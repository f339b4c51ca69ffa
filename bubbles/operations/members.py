"""Who belongs to the staff, and as what: promoting, demoting, leaving, removing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bubbles import emails, queries
from bubbles.errors import LastAdministratorError, OnlyRoleError
from bubbles.events import CaregiverJoined, CaregiverLeft, MemberRemoved
from bubbles.locks import bubble_of
from bubbles.models import FormerMembership, Invitation, Membership
from bubbles.policy import BubblePermission
from bubbles.vocabulary import RoleChange
from core import clock
from core.authorization import operation
from core.database import db
from core.events import publish
from core.mail import say
from security.models import User
from security.operations.vouching import add_vouched_code
from security.vocabulary import IdentityCheck


@operation(BubblePermission.PROMOTE, lock=bubble_of)
def promote_member(actor: User, membership: Membership) -> None:
    """Make somebody an administrator as well; idempotent."""
    if not membership.is_admin:
        membership.is_admin = True
        _announce(actor, membership, RoleChange.PROMOTE)


@operation(BubblePermission.DEMOTE, lock=bubble_of)
def demote_member(actor: User, membership: Membership) -> None:
    """Take the administration away, from oneself too; who cares here goes on caring.

    Raises:
        LastAdministratorError: nobody would be left to administer the bubble.
        OnlyRoleError: the person would have no role left.
    """
    if not membership.is_admin:
        return
    _keep_an_administrator(membership)
    if not membership.is_caregiver:
        raise OnlyRoleError
    unconfirmed = queries.count_backed_by(membership.user_id, membership.bubble_id)
    membership.is_admin = False
    let_invitations_go(membership)
    _announce(actor, membership, RoleChange.DEMOTE, unconfirmed=unconfirmed)


@operation(BubblePermission.START_CARING, lock=bubble_of)
def start_caring(actor: User, membership: Membership) -> None:
    """Make an administrator a caregiver as well; idempotent."""
    if not membership.is_caregiver:
        membership.is_caregiver = True
        publish(CaregiverJoined(bubble_id=membership.bubble_id, user_id=membership.user_id))
        _announce(actor, membership, RoleChange.START_CARING)


@operation(BubblePermission.STOP_CARING, lock=bubble_of)
def stop_caring(actor: User, membership: Membership) -> None:
    """Let an administrator go on without caring: their patients and appointments here end.

    Raises:
        OnlyRoleError: the person would have no role left.
    """
    if not membership.is_caregiver:
        return
    if not membership.is_admin:
        raise OnlyRoleError
    membership.is_caregiver = False
    publish(CaregiverLeft(bubble_id=membership.bubble_id, user_id=membership.user_id))
    _announce(actor, membership, RoleChange.STOP_CARING)


@operation(BubblePermission.REMOVE_MEMBER, lock=bubble_of)
def remove_member(actor: User, membership: Membership) -> None:
    """Take somebody out of the staff, or leave; what they held here ends with it.

    Raises:
        LastAdministratorError: nobody would be left to administer the bubble.
    """
    if membership.is_admin:
        _keep_an_administrator(membership)
    bubble, person = membership.bubble, membership.user
    unconfirmed = queries.count_backed_by(person.id, bubble.id)
    letter = emails.member_gone(bubble.id, left=person.id == actor.id, unconfirmed=unconfirmed)
    mails = [letter.to(admin_id) for admin_id in _other_admins(bubble.id, actor.id, person.id)]
    if person.id != actor.id:
        mails.append(emails.removed(bubble.id, by=actor.display_name).to(person.id))
    say(mails)
    end_membership(membership)


@operation(BubblePermission.VOUCH)
def vouch_for_member(actor: User, membership: Membership, *, how: IdentityCheck) -> str:
    """Make a code that helps a member back into their account, after checking who they are."""
    return add_vouched_code(membership.user, made_by=actor, how=how)


def end_membership(membership: Membership) -> None:
    """Delete a place, keep that it was, and let what depended on it end."""
    event = MemberRemoved(bubble_id=membership.bubble_id, user_id=membership.user_id)
    end_quietly(membership)
    publish(event)


def end_quietly(membership: Membership, at: datetime | None = None) -> None:
    """Delete a place and keep that it was; who calls this says so to the others in time."""
    db.session.add(
        FormerMembership(
            bubble_id=membership.bubble_id,
            user_id=membership.user_id,
            was_admin=membership.is_admin,
            was_caregiver=membership.is_caregiver,
            joined_at=membership.joined_at,
            left_at=at or clock.now(),
        )
    )
    let_invitations_go(membership)
    db.session.delete(membership)
    db.session.flush()  # who hears the news must find the place gone


def let_invitations_go(membership: Membership) -> None:
    """Leave what this person sent, and nobody has answered, to the other administrators.

    Its mails that have not left stay here.
    """
    query = select(Invitation).where(
        Invitation.bubble_id == membership.bubble_id,
        Invitation.invited_by_id == membership.user_id,
        Invitation.unbacked_at.is_(None),
        queries.is_unanswered(),
    )
    for invitation in db.session.scalars(query):
        invitation.unbacked_at = clock.now()
        emails.withdraw(invitation)


def _keep_an_administrator(membership: Membership) -> None:
    if queries.count_admins(membership.bubble_id) == 1:
        raise LastAdministratorError


def _announce(
    actor: User, membership: Membership, change: RoleChange, *, unconfirmed: int = 0
) -> None:
    """Tell who is concerned, and every other administrator: nothing changes behind a back."""
    bubble_id, user = membership.bubble_id, membership.user
    letter = emails.role_changed_for_admin(bubble_id, user.display_name, change, unconfirmed)
    mails = [letter.to(admin_id) for admin_id in _other_admins(bubble_id, actor.id, user.id)]
    if user.id != actor.id:
        mails.append(emails.role_changed(bubble_id, change, actor.display_name).to(user.id))
    say(mails)


def _other_admins(bubble_id: int, *concerned: int) -> list[int]:
    return [user.id for user in queries.list_admins(bubble_id) if user.id not in concerned]
