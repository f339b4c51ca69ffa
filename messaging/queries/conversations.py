"""Finding conversations, and whom one may begin one with."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased, contains_eager, joinedload

from core.database import db
from core.errors import NotFoundError
from core.statements import READER, Reader, rows
from core.wording import search_words, searchable
from messaging.models import Conversation, Message, ReadMark
from messaging.queries.messages import LARGEST_ID
from messaging.queries.participants import (
    THIS,
    is_open_to,
    mark_of,
    still_follows,
)
from messaging.vocabulary import ConversationSummary, Correspondents
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from patient.queries.places import guarded_by, guardian_ids, list_followers
from security.models import User


def get_conversation_for(actor: User, conversation_id: int) -> Conversation:
    """Return a conversation to who takes part in it now; otherwise it does not exist."""
    return _one_for(actor, conversation_id, _ONE)


def get_whole_conversation_for(actor: User, conversation_id: int) -> Conversation:
    """Do the same, and read by the same statement whom it is about and who the caregiver is."""
    return _one_for(actor, conversation_id, _one_whole())


def _one_for(actor: User, conversation_id: int, query: Select[Any]) -> Conversation:
    values = {"me": actor.id, "conversation": conversation_id}
    is_possible = 0 < conversation_id <= LARGEST_ID
    conversation: Conversation | None = db.session.scalar(query, values) if is_possible else None
    if conversation is None:
        raise NotFoundError
    return conversation


def get_conversation(conversation_id: int) -> Conversation | None:
    """Return a conversation, for the application itself."""
    return db.session.get(Conversation, conversation_id)


def find_conversation(enrolment_id: int, caregiver_id: int | None) -> Conversation | None:
    """Return the one conversation of this enrolment with this caregiver, or around the patient."""
    return db.session.scalar(
        select(Conversation).where(
            Conversation.enrolment_id == enrolment_id,
            Conversation.caregiver_id == caregiver_id
            if caregiver_id
            else Conversation.caregiver_id.is_(None),
        )
    )


def get_correspondent_for(actor: User, enrolment: Enrolment, caregiver_id: int) -> User:
    """Return the caregiver of a direct conversation that ``actor`` may have in this enrolment."""
    may_read = actor.id == caregiver_id or actor.id in guardian_ids(enrolment.patient_id)
    for follower in list_followers(enrolment.id) if may_read else []:
        if follower.id == caregiver_id:
            return follower
    raise NotFoundError


def list_conversations_for(actor: User, limit: int | None = None) -> list[ConversationSummary]:
    """Return what ``actor`` takes part in, the latest first, each with its last message."""
    unread = (
        select(func.count())
        .where(
            Message.conversation_id == Conversation.id,
            Message.seq > func.coalesce(ReadMark.seq, 0),
            Message.sender_id != actor.id,
        )
        .correlate(Conversation, ReadMark)
        .scalar_subquery()
    )
    query = (
        _whole(_conversations(actor))
        .outerjoin(ReadMark, mark_of(actor))
        .outerjoin(
            Message,
            and_(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq),
        )
        .add_columns(Message, unread)
        .options(joinedload(Message.sender))
        .order_by(func.coalesce(Conversation.last_message_at, Conversation.created_at).desc())
        .order_by(Conversation.id.desc())
        .limit(limit)
    )
    return [ConversationSummary(*row) for row in db.session.execute(query)]


def list_correspondents_for(actor: User, search: str = "") -> list[Correspondents]:
    """Return whom ``actor`` may write to, patient by patient; ``search`` as people type names."""
    query = (
        _correspondents(actor)
        .options(contains_eager(Enrolment.patient), joinedload(Enrolment.bubble))
        .order_by(Patient.sort_key, Enrolment.id, func.lower(User.display_name))
    )
    by_enrolment: dict[int, tuple[Enrolment, list[User]]] = {}
    for enrolment, user in db.session.execute(query):
        by_enrolment.setdefault(enrolment.id, (enrolment, []))[1].append(user)
    guardians = select(Guardianship.patient_id, Guardianship.user_id).where(
        Guardianship.patient_id.in_(
            {enrolment.patient_id for enrolment, _users in by_enrolment.values()}
        )
    )
    guarded = {(row.patient_id, row.user_id) for row in db.session.execute(guardians)}
    answered, words = {patient_id for patient_id, _user in guarded}, search_words(search)
    listed: list[Correspondents] = []
    for enrolment, users in by_enrolment.values():
        is_mine = (enrolment.patient_id, actor.id) in guarded
        correspondents = [user for user in users if is_mine or user.id == actor.id]
        people = (
            enrolment.patient.name,
            enrolment.bubble.name,
            *(user.display_name for user in correspondents),
        )
        if correspondents and all(f" {word}" in searchable(*people) for word in words):
            kept = tuple(correspondents) if enrolment.patient_id in answered else ()
            listed.append(Correspondents(enrolment, kept, len(users)))
    return listed


def has_correspondents(actor: User) -> bool:
    """Say whether there is anybody that ``actor`` may write to."""
    return db.session.scalar(select(_correspondents(actor).exists())) or False


def _correspondents(actor: User) -> Select[Enrolment, User]:
    """Choose the followers of every enrolment that ``actor`` guards or follows."""
    followed = aliased(CareAssignment)
    return (
        select(Enrolment, User)
        .join(Enrolment.patient)
        .join(CareAssignment, CareAssignment.enrolment_id == Enrolment.id)
        .join(User, User.id == CareAssignment.user_id)
        .where(
            User.is_enabled,
            still_follows(),
            or_(
                guarded_by(actor),
                Enrolment.id.in_(select(followed.enrolment_id).where(followed.user_id == actor.id)),
            ),
        )
    )


def _conversations(actor: User | Reader) -> Select[Any]:
    return select(Conversation).join(Conversation.enrolment).where(is_open_to(actor))


def _whole(query: Select[Any]) -> Select[Any]:
    return query.options(
        contains_eager(Conversation.enrolment).joinedload(Enrolment.patient),
        joinedload(Conversation.caregiver),
    )


def lock_conversation(conversation_id: int | None) -> bool:
    """Make the writers of one conversation queue until the end of the transaction.

    Says whether somebody may have written meanwhile: never on SQLite, whose one writer owns the
    file already.
    """
    if db.engine.dialect.name == "sqlite":
        return False
    rows(_LOCK, conversation=conversation_id)
    return True


_ONE = _conversations(READER).where(THIS)

_LOCK = select(Conversation.id).where(THIS).with_for_update(key_share=True)


@cache  # not when the module is read: its options want the models of packages above
def _one_whole() -> Select[Any]:
    return _whole(_ONE)
