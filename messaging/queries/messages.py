"""Reading messages: what a page shows, what waits, and what is asked before one is written."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Integer,
    Select,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import contains_eager, joinedload

from core.database import db, id_of
from core.statements import ME, READER, rows
from messaging.models import Conversation, Message, ReadMark
from messaging.queries.participants import CONVERSATION, THIS, is_open_to, mark_of
from messaging.vocabulary import Progress, Thread
from security.models import User

LARGEST_ID = 2**31 - 1
"""What the databases can compare with; an address may carry any number."""
PAGE, MOST, CONTEXT = 50, 200, 5
"""Messages on a page; at most, when many are new; and how many known ones stand before those."""


def get_progress_of(actor: User, conversation: Conversation) -> Progress:
    """Return how far ``actor`` has read, and what waits."""
    return Progress(
        get_read_seq(actor.id, conversation.id), count_unread_in(conversation, actor.id)
    )


def read_thread(conversation: Conversation, progress: Progress) -> Thread:
    """Return the latest messages, enough for all that is new to this person."""
    size = min(MOST, max(PAGE, progress.unread + CONTEXT))
    return _read_before(conversation, LARGEST_ID, size, progress)


def read_older(conversation: Conversation, before: int) -> Thread:
    """Return the page before one message."""
    return _read_before(conversation, before, PAGE, Progress())


def read_news(conversation: Conversation, after: int) -> Thread:
    """Return what follows the last message that a page has; a long absence takes several."""
    messages = messages_after(conversation, max(0, after - 1), PAGE + 1)
    known = messages[0] if messages and messages[0].seq == after else None
    return Thread(messages=messages[1:] if known else messages[:PAGE], previous=known)


def messages_after(conversation: Conversation, seq: int, limit: int) -> list[Message]:
    """Return what follows ``seq``, in order."""
    query = _messages(conversation).where(Message.seq > min(seq, LARGEST_ID)).order_by(Message.seq)
    return list(db.session.scalars(query.limit(limit)))


def messages_before(conversation: Conversation, seq: int, limit: int) -> list[Message]:
    """Return the last messages before ``seq``, in order."""
    query = _messages(conversation).where(Message.seq < min(seq, LARGEST_ID))
    latest_first = db.session.scalars(query.order_by(Message.seq.desc()).limit(limit))
    return list(latest_first)[::-1]


def get_read_seq(user_id: int, conversation_id: int) -> int:
    """Return how far one person has read; 0 when they never looked."""
    query = select(ReadMark.seq).where(
        ReadMark.user_id == user_id, ReadMark.conversation_id == conversation_id
    )
    return db.session.scalar(query) or 0


def count_unread_in(conversation: Conversation, user_id: int) -> int:
    """Count what others wrote in one conversation after this person last looked."""
    query = select(func.count(Message.id)).where(
        Message.conversation_id == conversation.id,
        Message.sender_id != user_id,
        Message.seq > get_read_seq(user_id, conversation.id),
    )
    return db.session.scalar(query) or 0


def count_unread_for(actor: User) -> int:
    """Count what others wrote after ``actor`` last looked, in one query."""
    return int(rows(_UNREAD, me=actor.id).scalar_one())


class Written(NamedTuple):
    """What a writer has written already: the same message, and the n-th latest of any."""

    message_id: int | None
    nth_sent_at: datetime | None


def read_before_writing(
    conversation: Conversation, sender_id: int | None, client_id: str, *, nth: int
) -> Written:
    """Read a locked conversation anew, and what this sender's page has sent under this id."""
    values = {
        "conversation": id_of(conversation),
        "me": sender_id,
        "client_id": client_id,
        "skipped": nth - 1,
    }
    _conversation, *written = db.session.execute(_before_writing(), values).one()
    return Written(*written)


def get_message(message_id: int) -> Message:
    """Return a message, for an operation that knows of it."""
    return db.session.get_one(Message, message_id)


def _read_before(conversation: Conversation, before: int, size: int, progress: Progress) -> Thread:
    messages = messages_before(conversation, before, size + 1)
    has_older = len(messages) > size
    return Thread(
        messages=messages[-size:],
        previous=messages[0] if has_older else None,
        has_older=has_older,
        progress=progress,
    )


def _messages(conversation: Conversation) -> Select[Message]:
    return (
        select(Message)
        .where(Message.conversation_id == conversation.id)
        .options(joinedload(Message.sender))
    )


_LAST_READ = func.coalesce(ReadMark.seq, 0)

UNREAD = (
    select(func.count(Message.id))
    .select_from(Conversation)
    .join(Conversation.enrolment)
    .outerjoin(ReadMark, mark_of(READER))
    .join(Message, and_(Message.conversation_id == Conversation.id, Message.seq > _LAST_READ))
    .where(Conversation.last_seq > _LAST_READ, Message.sender_id != ME, is_open_to(READER))
    .scalar_subquery()
)
"""How many messages of others the reader has not seen."""

_UNREAD = select(UNREAD)


@cache
def _before_writing() -> Select[Any]:
    mine = select(Message).where(Message.sender_id == ME)
    same = mine.with_only_columns(Message.id).where(
        Message.conversation_id == CONVERSATION, Message.client_id == bindparam("client_id")
    )
    nth = mine.with_only_columns(Message.sent_at).order_by(Message.sent_at.desc())
    return (
        select(
            Conversation,
            same.scalar_subquery(),
            nth.offset(bindparam("skipped", type_=Integer())).limit(1).scalar_subquery(),
        )
        .join(Conversation.enrolment)
        .options(contains_eager(Conversation.enrolment))
        .where(THIS)
        .execution_options(populate_existing=True)
    )
