"""Who may do what in a bubble."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bubbles import queries
from bubbles.models import Bubble, Invitation, Membership
from core.authorization import Rule, all_of, any_of, anyone, is_system
from security.models import User


class BubblePermission(StrEnum):
    """Named <resource>:<action>."""

    CREATE = "bubble:create"
    UPDATE = "bubble:update"
    CLOSE = "bubble:close"
    PROMOTE = "member:promote"
    DEMOTE = "member:demote"
    START_CARING = "member:start_caring"
    STOP_CARING = "member:stop_caring"
    REMOVE_MEMBER = "member:remove"
    VOUCH = "member:vouch"
    INVITE = "invitation:create"
    RESEND = "invitation:resend"
    SHOW_LINK = "invitation:show_link"
    REVOKE = "invitation:revoke"
    ENTER_CODE = "invitation:enter_code"
    OPEN = "invitation:open"
    ACCEPT = "invitation:accept"
    DECLINE = "invitation:decline"
    ASK_AGAIN = "invitation:ask_again"


Subject = Bubble | Membership | Invitation


def has_proved_address(actor: Any, _subject: object) -> bool:
    return isinstance(actor, User) and actor.is_enabled


def is_member(actor: Any, bubble: Subject) -> bool:
    return _membership(actor, bubble) is not None


def is_admin(actor: Any, bubble: Subject) -> bool:
    membership = _membership(actor, bubble)
    return membership is not None and membership.is_admin


def is_caregiver(actor: Any, bubble: Subject) -> bool:
    membership = _membership(actor, bubble)
    return membership is not None and membership.is_caregiver


def is_oneself(actor: Any, membership: Membership) -> bool:
    return isinstance(actor, User) and actor.id == membership.user_id


def is_somebody_else(actor: Any, membership: Membership) -> bool:
    return isinstance(actor, User) and actor.id != membership.user_id


def is_addressee(actor: Any, invitation: Invitation) -> bool:
    """The account of the invited address; for a sheet, whoever holds its code, until one has."""
    if not isinstance(actor, User):
        return False
    if invitation.is_on_paper:
        return actor.is_enabled and invitation.accepted_by_id in {None, actor.id}
    return actor.email == invitation.email


def _membership(actor: Any, subject: Subject) -> Membership | None:
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
    BubblePermission.REVOKE: is_admin,
    BubblePermission.OPEN: anyone,  # whoever holds the link: the link is the key
    BubblePermission.ENTER_CODE: anyone,  # so is the code of a sheet; tries are counted
    BubblePermission.ACCEPT: is_addressee,
    BubblePermission.DECLINE: anyone,  # one need not make an account to say no
    BubblePermission.ASK_AGAIN: anyone,  # only tells the administrators, who decide
}
"""When only the host creates bubbles, the wiring puts ``is_system`` in the place of CREATE."""
