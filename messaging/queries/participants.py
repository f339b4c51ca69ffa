"""Who takes part in a conversation: computed at each look, never stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    false,
    func,
    null,
    or_,
    select,
    true,
    union_all,
)

from core import statements
from core.database import db, id_of
from core.errors import NotFoundError
from core.statements import rows
from messaging.models import Conversation, Message, ReadMark
from messaging.vocabulary import Participants, Reader
from patient.models import CareAssignment, Enrolment, Guardianship
from patient.queries.places import followed_by, guarded_by, is_still_of_team
from patient.vocabulary import GuardianKind
from security.models import User

CONVERSATION: BindParameter[Any] = bindparam("conversation", type_=Integer())
THIS = Conversation.id == CONVERSATION


def participants_of(conversation: Conversation) -> Participants:
    """Compute who takes part now.

    Raises:
        NotFoundError: the conversation is no more.
    """
    people = rows(_PEOPLE_OF, conversation=id_of(conversation)).all()
    caregivers_meant = [row.user_id for row in people if row.is_guardian is None]
    if not caregivers_meant:
        raise NotFoundError
    return _participants(people, is_around=caregivers_meant == [None])


def participants_in(enrolment_id: int, caregiver_id: int | None) -> Participants:
    """Compute who takes part in a conversation that may not have begun."""
    people = rows(_PEOPLE_IN, enrolment=enrolment_id, caregiver=caregiver_id).all()
    return _participants(people, is_around=caregiver_id is None)


def _participants(people: Sequence[Any], *, is_around: bool) -> Participants:
    return Participants(
        guardian_ids=frozenset(row.user_id for row in people if row.is_guardian is True),
        caregiver_ids=frozenset(row.user_id for row in people if row.is_guardian is False),
        is_around=is_around,
    )


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


def mark_of(actor: User | statements.Reader) -> ColumnElement[bool]:
    """Where a conversation is known: how far this person has read it."""
    return and_(ReadMark.conversation_id == Conversation.id, ReadMark.user_id == actor.id)


def is_open_to(actor: User | statements.Reader) -> ColumnElement[bool]:
    """Where a conversation and its enrolment are joined: this person takes part now."""
    concerned = or_(Conversation.caregiver_id.is_(None), Conversation.caregiver_id == actor.id)
    follows = and_(Enrolment.ended_at.is_(None), followed_by(actor))
    return or_(guarded_by(actor), and_(concerned, follows))


def still_follows() -> ColumnElement[bool]:
    """Where an assignment and its enrolment are known: it still counts."""
    return and_(Enrolment.ended_at.is_(None), is_still_of_team())


def _people(
    enrolment_id: ColumnElement[Any], caregiver_id: ColumnElement[Any]
) -> list[Select[Any, Any]]:
    """Choose guardians (true) and caregivers (false) who take part.

    Guardians keep reading what was written once nobody follows any more; a caregiver reads while
    they follow the patient, as a caregiver of the bubble, in an enrolment that still stands.
    """
    guardians = (
        select(true().label("is_guardian"), Guardianship.user_id)
        .join(Enrolment, Enrolment.patient_id == Guardianship.patient_id)
        .join(User, User.id == Guardianship.user_id)
        .where(Enrolment.id == enrolment_id, User.is_enabled)
    )
    caregivers = (
        select(false(), CareAssignment.user_id)
        .join(Enrolment, Enrolment.id == CareAssignment.enrolment_id)
        .join(User, User.id == CareAssignment.user_id)
        .where(
            Enrolment.id == enrolment_id,
            or_(caregiver_id.is_(None), CareAssignment.user_id == caregiver_id),
            User.is_enabled,
            still_follows(),
        )
    )
    return [guardians, caregivers]


_PEOPLE_IN: CompoundSelect[Any, Any] = union_all(
    *_people(
        bindparam("enrolment", type_=Integer()),
        bindparam("caregiver", type_=Integer()),
    )
)

_PEOPLE_OF: CompoundSelect[Any, Any] = union_all(
    select(
        cast(null(), Boolean).label("is_guardian"), Conversation.caregiver_id.label("user_id")
    ).where(THIS),
    *_people(
        select(Conversation.enrolment_id).where(THIS).scalar_subquery(),
        select(Conversation.caregiver_id).where(THIS).scalar_subquery(),
    ),
)
