"""Deciding what can be booked: consultation types."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

from sqlalchemy import select

from bubbles.models import Bubble
from bubbles.queries import list_caregiver_members
from core import clock
from core.authorization import operation
from core.database import db
from core.errors import NotFoundError
from core.idempotency import once
from scheduling.agendas.errors import NobodyMayBookError, NoCaregiverError, NoVideoLinkError
from scheduling.agendas.models import Agenda, ConsultationType, Question
from scheduling.agendas.operations.versions import touch_agendas
from scheduling.agendas.policy import AgendaPermission
from scheduling.agendas.queries.settings import list_questions_of
from scheduling.agendas.vocabulary import REMINDERS, ConsultationMode
from security.models import User

NAME_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFacts:
    """All that an administrator decides about a consultation type; each is a column of it."""

    name: str
    duration_minutes: int
    mode: ConsultationMode
    price_cents: int | None = None
    reimbursement: str = ""
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    is_bookable: bool = True
    is_for_new: bool = True
    is_for_known: bool = True
    minimum_notice_minutes: int = 60
    horizon_days: int = 90
    daily_maximum: int | None = None
    cancellation_notice_minutes: int = 0
    video_link: str = ""
    instructions_before: str = ""
    instructions_after: str = ""
    reminders: Collection[int] = REMINDERS
    """How many minutes before it begins patients are reminded."""
    caregiver_ids: Collection[int]


_NOT_COLUMNS = {"reminders", "caregiver_ids"}
_COLUMNS = tuple(field.name for field in fields(TypeFacts) if field.name not in _NOT_COLUMNS)


@operation(AgendaPermission.DEFINE_TYPE)
def define_type(
    actor: User, bubble: Bubble, *, facts: TypeFacts, key: str | None = None
) -> ConsultationType:
    """Offer a new consultation type.

    Raises:
        NoCaregiverError: none of the chosen people is a caregiver of the bubble.
        NoVideoLinkError: it is by video, and nobody would know where.
        NobodyMayBookError: it is neither for new patients nor for those seen already.
    """

    def define() -> int:
        consultation_type = ConsultationType(bubble_id=bubble.id)
        _describe(consultation_type, facts)
        db.session.add(consultation_type)
        db.session.flush()  # its number answers a second request
        return consultation_type.id

    return _get_type(once(actor.id, "define_type", key, f"{bubble.id}/{facts!r}", define))


@operation(AgendaPermission.EDIT_TYPE)
def edit_type(_actor: User, consultation_type: ConsultationType, *, facts: TypeFacts) -> None:
    """Change a consultation type; appointments already taken stay as they are.

    Raises:
        NoCaregiverError: none of the chosen people is a caregiver of the bubble.
        NoVideoLinkError: it is by video, and nobody would know where.
        NobodyMayBookError: it is neither for new patients nor for those seen already.
    """
    before = (consultation_type.mode, consultation_type.video_link)
    _describe(consultation_type, facts)
    if before != (consultation_type.mode, consultation_type.video_link):  # calendars name the place
        here = select(Agenda.id).where(Agenda.bubble_id == consultation_type.bubble_id)
        touch_agendas(db.session.scalars(here))


@operation(AgendaPermission.DEFINE_TYPE)
def duplicate_type(
    actor: User, bubble: Bubble, *, source: ConsultationType, name: str, key: str | None = None
) -> ConsultationType:
    """Offer a second type that is like another one, its questions included.

    Raises:
        NotFoundError: the other one is of another bubble, or offered no more.
    """
    if source.bubble_id != bubble.id or source.removed_at is not None:
        raise NotFoundError

    def copy() -> int:
        duplicate = ConsultationType(bubble_id=bubble.id)
        for column in (*_COLUMNS, "reminder_minutes"):
            setattr(duplicate, column, getattr(source, column))
        duplicate.name = name[:NAME_LENGTH]
        duplicate.caregivers = list(source.caregivers)
        db.session.add(duplicate)
        db.session.flush()  # questions need its number
        db.session.add_all(
            Question(
                consultation_type_id=duplicate.id,
                position=question.position,
                kind=question.kind,
                wording=question.wording,
                choices=question.choices,
                is_required=question.is_required,
            )
            for question in list_questions_of(source.id)
        )
        return duplicate.id

    return _get_type(once(actor.id, "duplicate_type", key, f"{source.id}", copy))


@operation(AgendaPermission.REMOVE_TYPE)
def remove_type(_actor: User, consultation_type: ConsultationType) -> None:
    """Offer it no more; appointments already taken stay as they are."""
    if consultation_type.removed_at is None:
        consultation_type.removed_at = clock.now()


def _describe(consultation_type: ConsultationType, facts: TypeFacts) -> None:
    members = list_caregiver_members(consultation_type.bubble_id)
    chosen = [user for user in members if user.id in set(facts.caregiver_ids)]
    if not chosen:
        raise NoCaregiverError
    if facts.mode is ConsultationMode.VIDEO and not facts.video_link:
        raise NoVideoLinkError
    if not (facts.is_for_new or facts.is_for_known):
        raise NobodyMayBookError
    for column in _COLUMNS:
        setattr(consultation_type, column, getattr(facts, column))
    consultation_type.reminder_minutes = ",".join(
        str(minutes) for minutes in sorted(facts.reminders, reverse=True)
    )
    consultation_type.caregivers = chosen


def _get_type(type_id: int) -> ConsultationType:
    consultation_type = db.session.get(ConsultationType, type_id)
    if consultation_type is None:
        raise NotFoundError
    return consultation_type
