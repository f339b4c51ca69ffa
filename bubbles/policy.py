"""Who may do what in a bubble."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bubbles import queries
from bubbles.models import Bubble, Invitation, Membership
from core.authorization import Actor, Rule, all_of, any_of, anyone, is_system
from security.models import User


class BubblePermission(StrEnum):
    """Care teams: bubbles, their members, invitations."""

    CREATE = "bubble:create"
    """Create a bubble."""
    UPDATE = "bubble:update"
    """Change the general information of a bubble."""
    CLOSE = "bubble:close"
    """Close a bubble."""
    PROMOTE = "member:promote"
    """Make a member an administrator."""
    DEMOTE = "member:demote"
    """Take the part of administrator from a member."""
    START_CARING = "member:start_caring"
    """Make a member a caregiver of the bubble too."""
    STOP_CARING = "member:stop_caring"
    """Take the part of caregiver from a member."""
    REMOVE_MEMBER = "member:remove"
    """Take somebody out of the team, or leave it."""
    VOUCH = "member:vouch"
    """Help a member back into their account with a code, after checking who they are."""
    INVITE = "invitation:create"
    """Invite a caregiver or a patient."""
    RESEND = "invitation:resend"
    """Send an invitation again, with a new link."""
    SHOW_LINK = "invitation:show_link"
    """Show or print the link or the code of an invitation."""
    CONFIRM = "invitation:confirm"
    """Stand for an invitation whose sender no longer administers the bubble."""
    REVOKE = "invitation:revoke"
    """Cancel an invitation."""
    KEEP_LIST = "invitation:keep_list"
    """Keep a pasted list for a day, while its people are invited."""
    ENTER_CODE = "invitation:enter_code"
    """Open an invitation with the short code of a printed sheet."""
    OPEN = "invitation:open"
    """Open an invitation."""
    ACCEPT = "invitation:accept"
    """Accept an invitation."""
    DECLINE = "invitation:decline"
    """Decline an invitation."""
    ASK_AGAIN = "invitation:ask_again"
    """Ask for a new invitation in the place of one that is over."""


Subject = Bubble | Membership | Invitation


def has_proved_address(actor: Actor, _subject: object) -> bool:
    """Everybody who has an account."""
    return isinstance(actor, User) and actor.is_enabled


def is_admin(actor: Actor, bubble: Subject) -> bool:
    """The administrators of the bubble."""
    membership = _membership(actor, bubble)
    return membership is not None and membership.is_admin


def is_caregiver(actor: Actor, bubble: Subject) -> bool:
    """The caregivers of the bubble."""
    membership = _membership(actor, bubble)
    return membership is not None and membership.is_caregiver


def is_oneself(actor: Actor, membership: Membership) -> bool:
    """The member in question."""
    return isinstance(actor, User) and actor.id == membership.user_id


def is_somebody_else(actor: Actor, membership: Membership) -> bool:
    """For somebody else than oneself."""
    return isinstance(actor, User) and actor.id != membership.user_id


def is_addressee(actor: Actor, invitation: Invitation) -> bool:
    """The account of the invited address; for a sheet, whoever holds its code, until one has."""
    if not isinstance(actor, User):
        return False
    if invitation.is_on_paper:
        return actor.is_enabled and invitation.accepted_by_id in {None, actor.id}
    return actor.email == invitation.email


def may_be_named(actor: Actor, invitation: Invitation) -> bool:
    """Say whether who holds the link may learn of which team it is, by whom, and as what.

    A name can say an illness, and links are forwarded: as in mails, the team chooses; whoever has
    proved to be the addressee reads it all.
    """
    return is_addressee(actor, invitation) or invitation.bubble.is_named_in_mails


def _membership(actor: Actor, subject: Subject) -> Membership | None:
    if not isinstance(actor, User):
        return None
    bubble_id = subject.id if isinstance(subject, Bubble) else subject.bubble_id
    return queries.get_membership(actor.id, bubble_id)


RULES: Mapping[StrEnum, Rule] = {
    BubblePermission.CREATE: any_of(has_proved_address, is_system),
    BubblePermission.UPDATE: is_admin,
    BubblePermission.CLOSE: is_admin,
    BubblePermission.PROMOTE: all_of(is_admin, is_somebody_else),
    BubblePermission.DEMOTE: is_admin,
    BubblePermission.START_CARING: is_admin,
    BubblePermission.STOP_CARING: is_admin,
    BubblePermission.REMOVE_MEMBER: any_of(is_admin, is_oneself),
    BubblePermission.VOUCH: all_of(is_admin, is_somebody_else),
    BubblePermission.INVITE: is_admin,
    BubblePermission.RESEND: is_admin,
    BubblePermission.SHOW_LINK: is_admin,
    BubblePermission.CONFIRM: is_admin,
    BubblePermission.REVOKE: is_admin,
    BubblePermission.KEEP_LIST: is_admin,
    BubblePermission.OPEN: anyone,  # whoever holds the link: the link is the key
    BubblePermission.ENTER_CODE: anyone,  # so is the code of a sheet; tries are counted
    BubblePermission.ACCEPT: is_addressee,
    BubblePermission.DECLINE: anyone,  # one need not make an account to say no
    BubblePermission.ASK_AGAIN: anyone,  # only tells the administrators, who decide
}
"""When only the host creates bubbles, the wiring puts ``is_system`` in the place of CREATE."""
