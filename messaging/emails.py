"""« You have a new message »: decided when it is due, and sent once until the person has looked."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _l

from core import outbox
from core.mail import Facts, Reader, absolute_url, mail
from messaging.models import Conversation
from messaging.queries.messages import get_read_seq

KIND = "message_notice"
DELAY = timedelta(minutes=5)
"""How long a message waits for its reader before a mail speaks of it."""
MINUTE = 60


def remind_later(conversation: Conversation, now: datetime) -> None:
    """Look in a few minutes whether somebody has not read; one look serves a minute's messages.

    ``conversation`` is as it was before the message: one of the same minute has seen to it.
    """
    minute = _minute_of(now)
    before = conversation.last_message_at
    if before is not None and _minute_of(before) == minute:
        return
    outbox.enqueue(
        KIND,
        {"conversation": conversation.id},
        dedupe_key=f"{KIND}:{conversation.id}:{minute}",
        not_before=now + DELAY + timedelta(minutes=1),
    )


def _minute_of(moment: datetime) -> int:
    return int(moment.timestamp()) // MINUTE


@mail("messaging/notice", subject=_l("You have a new message"))
def notice(reader: Reader, conversation_id: int, read_seq: int) -> Facts | None:
    """Write that a message waits, no name, no word of it; nothing once they have read on."""
    if reader.user_id is None or get_read_seq(reader.user_id, conversation_id) > read_seq:
        return None
    address = current_app.url_map.bind("localhost").build(
        "messaging.show", {"conversation_id": conversation_id}
    )
    return {"link": absolute_url(address)}
