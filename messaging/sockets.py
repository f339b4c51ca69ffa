"""Conversations as socket events: the same operations, another door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.sockets import Payload, on
from messaging.forms import MessageForm, whole_number
from messaging.operations import mark_read, post_message
from messaging.queries.conversations import get_conversation_for

if TYPE_CHECKING:
    from security.models import User


@on("post_message")
def on_post_message(actor: User, data: Payload) -> Payload:
    conversation = get_conversation_for(actor, whole_number(data.get("conversation")))
    message = post_message(actor, conversation, **MessageForm.of_payload(data).accept())
    return {"seq": message.seq}


@on("mark_read", by_person=False)
def on_mark_read(actor: User, data: Payload) -> Payload:
    conversation = get_conversation_for(actor, whole_number(data.get("conversation")))
    return {"seq": mark_read(actor, conversation, seq=whole_number(data.get("seq")))}
