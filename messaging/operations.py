"""Everything that changes a conversation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from core import clock
from core.authorization import System, Wait, operation
from core.database import db, id_of
from core.errors import TooManyRequestsError
from core.mail import say
from core.sealed_text import RowText, next_ids
from core.statements import rows
from messaging import emails, realtime
from messaging.errors import MessageChangedError
from messaging.models import Conversation, Message, ReadMark
from messaging.policy import MessagingPermission
from messaging.queries.conversations import find_conversation, lock_conversation
from messaging.queries.messages import get_message, read_before_writing
from messaging.queries.participants import list_unaware, participants_of
from messaging.vocabulary import ConversationKind, Posted
from patient.models import Enrolment
from security.models import User

MESSAGES_PER_MINUTE = 30
_MESSAGES = cast("Table", Message.__table__)
_ADD = insert(_MESSAGES)
_CONVERSATIONS = cast("Table", Conversation.__table__)
_ADVANCE = (
    update(_CONVERSATIONS)
    .where(_CONVERSATIONS.c.id == bindparam("id_"))
    .values(last_seq=bindparam("last_seq"), last_message_at=bindparam("last_message_at"))
)


def _its_writers(_actor: User, conversation: Conversation, **_text: object) -> Wait:
    return lambda: lock_conversation(id_of(conversation))


@operation(MessagingPermission.POST, lock=_its_writers)
def post_message(actor: User, conversation: Conversation, *, body: str, client_id: str) -> Posted:
    """Say something to everybody who takes part now.

    The same ``client_id`` again gives the message that is already there, and tells nobody.

    Raises:
        MessageChangedError: the same ``client_id`` came with another text.
        TooManyRequestsError: this person has written a great deal within a minute.
    """
    sender_id = id_of(actor)
    written = read_before_writing(conversation, sender_id, client_id, nth=MESSAGES_PER_MINUTE)
    if written.message_id is not None:
        known = get_message(written.message_id)
        if known.body != body:
            raise MessageChangedError
        return Posted(known.id, known.conversation_id, known.seq)
    now = clock.now()
    _slow_down(written.nth_sent_at, now)
    emails.remind_later(conversation, now)
    seq = conversation.last_seq + 1
    rows(_ADVANCE, id_=conversation.id, last_seq=seq, last_message_at=now)
    set_committed_value(conversation, "last_seq", seq)
    set_committed_value(conversation, "last_message_at", now)
    [message_id] = next_ids(db.session.connection(), _MESSAGES, 1)
    rows(
        _ADD,
        id=message_id,
        conversation_id=conversation.id,
        seq=seq,
        sender_id=sender_id,
        body=RowText(body, message_id),
        client_id=client_id,
        sent_at=now,
    )
    realtime.announce(conversation.id, seq, participants_of(conversation).ids)
    return Posted(message_id, conversation.id, seq)


@operation(MessagingPermission.START)
def start_conversation(
    actor: User, enrolment: Enrolment, *, caregiver_id: int | None, body: str, client_id: str
) -> Posted:
    """Write the first message to one caregiver, or around the patient when there is none named.

    Whoever was faster has begun the same conversation: the message simply joins it.
    """
    conversation = find_conversation(enrolment.id, caregiver_id)
    if conversation is None:
        conversation = _open(enrolment.id, caregiver_id)
    return post_message(actor, conversation, body=body, client_id=client_id)


@operation(MessagingPermission.READ)
def mark_read(actor: User, conversation: Conversation, *, seq: int) -> int:
    """Remember that the person has read so far, and return how far; it never goes back."""
    seq = max(0, min(seq, conversation.last_seq))
    mark = _lock_mark(actor.id, conversation.id)
    if seq > mark.seq:
        mark.seq, mark.read_at = seq, clock.now()
        realtime.mark(conversation.id, seq, actor.id)
    return mark.seq


@operation(MessagingPermission.SEND_NOTICES)
def send_notices(_system: System, conversation: Conversation) -> None:
    """Mail those who take part now and have left something unread for a few minutes."""
    say(
        emails.notice(conversation.id, read_seq).to(
            user.id, key=f"message_mail:{conversation.id}:{user.id}:{read_seq}"
        )
        for user, read_seq in list_unaware(conversation, clock.now() - emails.DELAY)
    )


def _slow_down(oldest: datetime | None, now: datetime) -> None:
    """Count what was sent, not what was tried: the brake needs no rows of its own."""
    wait = oldest + timedelta(minutes=1) - now if oldest else timedelta()
    if wait > timedelta():
        raise TooManyRequestsError(int(wait.total_seconds()) + 1)


def _open(enrolment_id: int, caregiver_id: int | None) -> Conversation:
    conversation = Conversation(
        kind=ConversationKind.DIRECT if caregiver_id else ConversationKind.AROUND,
        enrolment_id=enrolment_id,
        caregiver_id=caregiver_id,
        last_seq=0,
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():  # only the loser's row is undone, not its message
            db.session.add(conversation)
    except IntegrityError:
        winner = find_conversation(enrolment_id, caregiver_id)
        if winner is None:
            raise
        return winner
    return conversation


def _lock_mark(user_id: int, conversation_id: int) -> ReadMark:
    query = (
        select(ReadMark)
        .where(ReadMark.user_id == user_id, ReadMark.conversation_id == conversation_id)
        .with_for_update()
    )
    mark = db.session.scalar(query)
    if mark is None:
        try:
            with db.session.begin_nested():  # two open pages may look for the first time at once
                mark = ReadMark(
                    conversation_id=conversation_id, user_id=user_id, seq=0, read_at=clock.now()
                )
                db.session.add(mark)
        except IntegrityError:
            mark = db.session.scalars(query).one()
    return mark
