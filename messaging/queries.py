"""Finding conversations: who takes part is computed at each look, never stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload

from bubbles.models import Membership
from core.database import db
from core.errors import NotFoundError
from core.statements import ME, ReaderId, rows
from core.wording import search_words, searchable
from messaging.models import Conversation, Message, ReadMark
from messaging.vocabulary import (
    ConversationSummary,
    Correspondents,
    Participants,
    Progress,
    Reader,
    Thread,
)
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from patient.queries.places import guardian_ids, list_followers
from patient.vocabulary import GuardianKind
from security.models import User

LARGEST_ID = 2**31 - 1
"""What the databases can compare with; an address may carry any number."""
PAGE, MOST, CONTEXT = 50, 200, 5
"""Messages on a page; at most, when many are new; and how many known ones stand before those."""


def participants_of(conversation: Conversation) -> Participants:
    """Compute who takes part now."""
    return participants_in(conversation.enrolment_id, conversation.caregiver_id)


def participants_in(enrolment_id: int, caregiver_id: int | None) -> Participants:
    """Compute who takes part, in one query: recipients are never older than this.

    Guardians keep reading what was written once nobody follows any more; a caregiver reads while
    they follow the patient, as a caregiver of the bubble, in an enrolment that still stands.
    """
    guardians = (
        select(literal(True), Guardianship.user_id)
        .join(Enrolment, Enrolment.patient_id == Guardianship.patient_id)
        .join(User, User.id == Guardianship.user_id)
        .where(Enrolment.id == enrolment_id, User.is_enabled)
    )
    caregivers = (
        select(literal(False), CareAssignment.user_id)
        .join(Enrolment, Enrolment.id == CareAssignment.enrolment_id)
        .join(User, User.id == CareAssignment.user_id)
        .where(Enrolment.id == enrolment_id, User.is_enabled, _still_follows())
    )
    if caregiver_id is not None:
        caregivers = caregivers.where(CareAssignment.user_id == caregiver_id)
    rows = db.session.execute(union_all(guardians, caregivers)).all()
    return Participants(
        guardian_ids=frozenset(user_id for is_guardian, user_id in rows if is_guardian),
        caregiver_ids=frozenset(user_id for is_guardian, user_id in rows if not is_guardian),
        is_around=caregiver_id is None,
    )


def get_conversation_for(actor: User, conversation_id: int) -> Conversation:
    """Return a conversation to who takes part in it now; otherwise it does not exist."""
    query = _conversations(actor.id).where(Conversation.id == conversation_id)
    found = db.session.scalar(query) if 0 < conversation_id <= LARGEST_ID else None
    if found is None:
        raise NotFoundError
    conversation: Conversation = found
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
        _conversations(actor.id)
        .outerjoin(ReadMark, _mark_of(actor.id))
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


def count_unread_for(actor: User) -> int:
    """Count what others wrote after ``actor`` last looked, in one query."""
    return int(rows(_UNREAD, me=actor.id).scalar_one())


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
        Guardianship.patient_id.in_({one.patient_id for one, _users in by_enrolment.values()})
    )
    guarded = {(row.patient_id, row.user_id) for row in db.session.execute(guardians)}
    answered, words = {one for one, _user in guarded}, search_words(search)
    found: list[Correspondents] = []
    for enrolment, users in by_enrolment.values():
        is_mine = (enrolment.patient_id, actor.id) in guarded
        correspondents = [user for user in users if is_mine or user.id == actor.id]
        people = (
            enrolment.patient.name,
            enrolment.bubble.name,
            *(one.display_name for one in correspondents),
        )
        if correspondents and all(f" {word}" in searchable(*people) for word in words):
            kept = tuple(correspondents) if enrolment.patient_id in answered else ()
            found.append(Correspondents(enrolment, kept, len(users)))
    return found


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
            _still_follows(),
            or_(
                _is_guarded_by(actor.id),
                Enrolment.id.in_(select(followed.enrolment_id).where(followed.user_id == actor.id)),
            ),
        )
    )


def messages_after(conversation: Conversation, seq: int, limit: int) -> list[Message]:
    """Return what follows ``seq``, in order."""
    query = _messages(conversation).where(Message.seq > min(seq, LARGEST_ID)).order_by(Message.seq)
    return list(db.session.scalars(query.limit(limit)))


def messages_before(conversation: Conversation, seq: int, limit: int) -> list[Message]:
    """Return the last messages before ``seq``, in order."""
    query = _messages(conversation).where(Message.seq < min(seq, LARGEST_ID))
    latest_first = db.session.scalars(query.order_by(Message.seq.desc()).limit(limit))
    return list(latest_first)[::-1]


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


def list_readers(enrolment: Enrolment, caregiver_id: int | None) -> list[Reader]:
    """Return who reads now: the patient's side first, then the caregivers, by name."""
    participants = participants_in(enrolment.id, caregiver_id)
    query = (
        select(User, Guardianship.kind)
        .outerjoin(
            Guardianship,
            and_(
                Guardianship.user_id == User.id,
                Guardianship.patient_id == enrolment.patient_id,
            ),
        )
        .where(User.id.in_(participants.ids))
        .order_by(func.lower(User.display_name), User.id)
    )
    readers = [Reader(user, kind) for user, kind in db.session.execute(query)]
    order = {GuardianKind.SELF: 0, GuardianKind.RELATIVE: 1, None: 2}
    return sorted(readers, key=lambda reader: order[reader.guardian_kind])


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


def lock_conversation(conversation_id: int) -> None:
    """Make the writers of one conversation queue until the end of the transaction."""
    query = select(Conversation.id).where(Conversation.id == conversation_id)
    db.session.execute(query.with_for_update(key_share=True))


def find_message(conversation_id: int, sender_id: int, client_id: str) -> Message | None:
    """Return what this sender's page has already sent under this id."""
    return db.session.scalar(
        select(Message).where(
            Message.conversation_id == conversation_id,
            Message.sender_id == sender_id,
            Message.client_id == client_id,
        )
    )


def nth_latest_sent_at(user_id: int, n: int) -> datetime | None:
    """Return when this person sent their ``n``-th message, counted from the latest."""
    query = select(Message.sent_at).where(Message.sender_id == user_id)
    return db.session.scalar(query.order_by(Message.sent_at.desc()).offset(n - 1).limit(1))


def list_unaware(conversation: Conversation, sent_before: datetime) -> list[tuple[User, int]]:
    """Return who takes part and has not read something that old, with how far they have read."""
    read = func.coalesce(ReadMark.seq, 0)
    waits = (
        select(Message.id)
        .where(
            Message.conversation_id == conversation.id,
            Message.sender_id != User.id,
            Message.seq > read,
            Message.sent_at <= sent_before,
        )
        .correlate(User, ReadMark)
        .exists()
    )
    mark = and_(ReadMark.user_id == User.id, ReadMark.conversation_id == conversation.id)
    query = (
        select(User, read)
        .outerjoin(ReadMark, mark)
        .where(User.id.in_(participants_of(conversation).ids), User.is_enabled, waits)
    )
    return [(user, seq) for user, seq in db.session.execute(query)]


def _conversations(user_id: int) -> Select[Any]:
    return (
        select(Conversation)
        .join(Conversation.enrolment)
        .where(_is_open_to(user_id))
        .options(
            contains_eager(Conversation.enrolment).joinedload(Enrolment.patient),
            joinedload(Conversation.caregiver),
        )
    )


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


def _mark_of(user_id: ReaderId) -> ColumnElement[bool]:
    return and_(ReadMark.conversation_id == Conversation.id, ReadMark.user_id == user_id)


def _is_open_to(user_id: ReaderId) -> ColumnElement[bool]:
    """Where a conversation and its enrolment are joined: this person takes part now."""
    followed = (
        select(CareAssignment.id)
        .where(
            CareAssignment.enrolment_id == Enrolment.id,
            CareAssignment.user_id == user_id,
            _still_follows(),
        )
        .correlate(Enrolment)
        .exists()
    )
    concerned = or_(Conversation.caregiver_id.is_(None), Conversation.caregiver_id == user_id)
    return or_(_is_guarded_by(user_id), and_(concerned, followed))


def _is_guarded_by(user_id: ReaderId) -> ColumnElement[bool]:
    return (
        select(Guardianship.id)
        .where(Guardianship.patient_id == Enrolment.patient_id, Guardianship.user_id == user_id)
        .correlate(Enrolment)
        .exists()
    )


def _still_follows() -> ColumnElement[bool]:
    """Where an assignment and its enrolment are known: it still counts."""
    member = (
        select(Membership.id)
        .where(
            Membership.bubble_id == Enrolment.bubble_id,
            Membership.user_id == CareAssignment.user_id,
            Membership.is_caregiver,
        )
        .correlate(Enrolment, CareAssignment)
        .exists()
    )
    return and_(Enrolment.ended_at.is_(None), member)


_LAST_READ = func.coalesce(ReadMark.seq, 0)
UNREAD = (
    select(func.count(Message.id))
    .select_from(Conversation)
    .join(Conversation.enrolment)
    .outerjoin(ReadMark, _mark_of(ME))
    .join(Message, and_(Message.conversation_id == Conversation.id, Message.seq > _LAST_READ))
    .where(Conversation.last_seq > _LAST_READ, Message.sender_id != ME, _is_open_to(ME))
    .scalar_subquery()
)
"""How many messages of others the reader has not seen."""
_UNREAD = select(UNREAD)
