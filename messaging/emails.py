"""« You have a new message »: decided when it is due, and sent once until the person has looked."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _

from core import clock, outbox
from core.mail import absolute_url, in_language, send_mail
from messaging.models import Conversation
from security.models import User

KIND = "message_notice"
DELAY = timedelta(minutes=5)
"""How long a message waits for its reader before a mail speaks of it."""
MINUTE = 60


def remind_later(conversation: Conversation) -> None:
    """Look in a few minutes whether somebody has not read; one look serves a minute's messages."""
    minute = int(clock.now().timestamp()) // MINUTE
    outbox.enqueue(
        KIND,
        {"conversation": conversation.id},
        dedupe_key=f"{KIND}:{conversation.id}:{minute}",
        not_before=clock.now() + DELAY + timedelta(minutes=1),
    )


def tell(user: User, conversation: Conversation, read_seq: int) -> None:
    """Write that a message waits: no name, no word of it.

    The key holds how far the person had read: one mail until they have opened the conversation.
    """
    address = current_app.url_map.bind("localhost").build(
        "messaging.show", {"conversation_id": conversation.id}
    )
    with in_language(user.locale):
        subject = _("You have a new message")
    send_mail(
        user.email,
        "messaging/notice",
        subject=subject,
        locale=user.locale,
        context={"recipient": user, "link": absolute_url(address)},
        dedupe_key=f"message_mail:{conversation.id}:{user.id}:{read_seq}",
    )
