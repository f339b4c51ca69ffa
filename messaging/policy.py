"""Who may do what in a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.authorization import Actor, Rule, any_of, is_system
from core.database import id_of
from messaging.models import Conversation
from messaging.queries.participants import participants_of
from patient.policy import acts_for, follows
from security.models import User


class MessagingPermission(StrEnum):
    """Messages."""

    START = "conversation:create"
    """Write the first message to a caregiver, or around a patient."""
    POST = "message:create"
    """Write in a conversation."""
    READ = "conversation:read"
    """Read a conversation."""
    SEND_NOTICES = "message_notice:create"
    """Mail those who have left a message unread."""


def takes_part(actor: Actor, conversation: Conversation) -> bool:
    """Who takes part in the conversation."""
    return isinstance(actor, User) and id_of(actor) in participants_of(conversation).ids


def may_write(actor: Actor, conversation: Conversation) -> bool:
    """Who takes part in the conversation, while somebody is there to read."""
    if not isinstance(actor, User):
        return False
    participants = participants_of(conversation)
    return id_of(actor) in participants.ids and participants.is_open


RULES: Mapping[StrEnum, Rule] = {
    MessagingPermission.START: any_of(acts_for, follows),
    MessagingPermission.POST: may_write,
    MessagingPermission.READ: takes_part,
    MessagingPermission.SEND_NOTICES: is_system,
}
