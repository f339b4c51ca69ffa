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
    REMOVE_MEMBER = "member:remove"
    VOUCH = "member:vouch"
    INVITE = "invitation:create"
    RESEND = "invitation:resend"
    REVOKE = "invitation:revoke"
    OPEN = "invitation:open"
    ACCEPT = "invitation:accept"


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
    return isinstance(actor, User) and actor.email == invitation.email


def _membership(actor: Any, subject: Subject) -> Membership | None:
    if not isinstance(actor, User):
        return None
    bubble_id = subject.id if isinstance(subject, Bubble) else subject.bubble_id
    return queries.get_membership(actor.id, bubble_id)


RULES: Mapping[StrEnum, Rule] = {
    BubblePermission.CREATE: any_of(has_proved_address, is_system),
    BubblePermission.UPDATE: is_admin,
    BubblePermission.REMOVE_MEMBER: any_of(is_admin, is_oneself),
    BubblePermission.VOUCH: all_of(is_admin, is_somebody_else),
    BubblePermission.INVITE: is_admin,
    BubblePermission.RESEND: is_admin,
    BubblePermission.REVOKE: is_admin,
    BubblePermission.OPEN: anyone,  # whoever holds the link: the link is the key
    BubblePermission.ACCEPT: is_addressee,
}
"""When only the host creates bubbles, the wiring puts ``is_system`` in the place of CREATE."""
