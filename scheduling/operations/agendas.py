"""Opening and closing agendas, their hours, their calendar links, what can be booked in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import time

from sqlalchemy import delete, select

from bubbles.models import Bubble
from bubbles.queries import list_caregiver_members
from core import clock, tokens
from core.authorization import consequence, operation
from core.database import db
from core.errors import NotFoundError
from patient.models import Enrolment
from scheduling.errors import NoCaregiverError, WrongHoursError
from scheduling.models import (
    Agenda,
    Availability,
    ConsultationType,
    FeedLink,
    consultation_type_caregivers,
)
from scheduling.openings import WeeklyRange, overlapping_weekday
from scheduling.operations.appointments import touch_agendas
from scheduling.policy import SchedulingPermission
from scheduling.queries.settings import find_agenda
from scheduling.vocabulary import ConsultationMode, DetailLevel
from security.models import User


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """All that an administrator decides about a consultation type."""

    name: str
    duration_minutes: int
    mode: ConsultationMode
    price_cents: int | None
    is_bookable: bool
    minimum_notice_minutes: int
    horizon_days: int
    caregiver_ids: Collection[int]


@operation(SchedulingPermission.DEFINE_TYPE)
def define_type(_actor: User, bubble: Bubble, *, facts: TypeFacts) -> ConsultationType:
    """Offer a new consultation type.

    Raises:
        NoCaregiverError: none of the chosen people is a caregiver of the bubble.
    """
    made = ConsultationType(bubble_id=bubble.id)
    _describe(made, facts)
    db.session.add(made)
    return made


@operation(SchedulingPermission.EDIT_TYPE)
def edit_type(_actor: User, consultation_type: ConsultationType, *, facts: TypeFacts) -> None:
    """Change a consultation type; appointments already taken stay as they are.

    Raises:
        NoCaregiverError: none of the chosen people is a caregiver of the bubble.
    """
    moves = consultation_type.mode is not facts.mode
    _describe(consultation_type, facts)
    if moves:  # calendars name the place
        here = select(Agenda.id).where(Agenda.bubble_id == consultation_type.bubble_id)
        touch_agendas(db.session.scalars(here))


@operation(SchedulingPermission.REMOVE_TYPE)
def remove_type(_actor: User, consultation_type: ConsultationType) -> None:
    """Offer it no more; appointments already taken stay as they are."""
    if consultation_type.removed_at is None:
        consultation_type.removed_at = clock.now()


@operation(SchedulingPermission.SET_HOURS)
def set_weekly_hours(_actor: User, agenda: Agenda, *, hours: Sequence[WeeklyRange]) -> None:
    """Replace the whole week; appointments already taken stay as they are.

    Raises:
        WrongHoursError: a range is reversed, or two of one day overlap.
    """
    if overlapping_weekday(hours) is not None:
        raise WrongHoursError
    db.session.execute(delete(Availability).where(Availability.agenda_id == agenda.id))
    db.session.add_all(
        Availability(
            agenda_id=agenda.id,
            weekday=one.weekday,
            starts_at=_wall_clock(one.start),
            ends_at=_wall_clock(one.end),
        )
        for one in hours
    )


@operation(SchedulingPermission.CREATE_LINK)
def create_link(_actor: User, agenda: Agenda, *, name: str, detail_level: DetailLevel) -> FeedLink:
    """Make a secret address for one device; its token is on the returned row."""
    token = tokens.new_token()
    link = FeedLink(
        agenda_id=agenda.id,
        name=name,
        token=token,
        token_hash=tokens.hash_token(token),
        detail_level=detail_level,
        created_at=clock.now(),
    )
    db.session.add(link)
    return link


@operation(SchedulingPermission.SHOW_LINK)
def show_link(_actor: User, link: FeedLink) -> str:
    """Return the secret address's token again; that it was shown is recorded.

    Raises:
        NotFoundError: the link is closed.
    """
    if link.revoked_at is not None:
        raise NotFoundError
    return link.token


@operation(SchedulingPermission.REVOKE_LINK)
def revoke_link(_actor: User, link: FeedLink) -> None:
    """Close the address for ever, at once."""
    if link.revoked_at is None:
        link.revoked_at = clock.now()


@consequence
def open_agenda(*, user_id: int, bubble_id: int) -> None:
    """Give a new caregiver their agenda; who comes back finds the old one open again."""
    agenda = find_agenda(user_id, bubble_id)
    if agenda is None:
        db.session.add(Agenda(user_id=user_id, bubble_id=bubble_id, version=0))
    elif agenda.closed_at is not None:
        agenda.closed_at = None
        touch_agendas([agenda.id])


@consequence
def close_agenda(*, user_id: int, bubble_id: int) -> None:
    """End what a caregiver kept in a bubble: links empty themselves, types offer them no more."""
    agenda = find_agenda(user_id, bubble_id)
    if agenda is not None and agenda.closed_at is None:
        agenda.closed_at = clock.now()
        touch_agendas([agenda.id])
    here = select(ConsultationType.id).where(ConsultationType.bubble_id == bubble_id)
    offered = consultation_type_caregivers
    db.session.execute(
        delete(offered).where(
            offered.c.user_id == user_id, offered.c.consultation_type_id.in_(here)
        )
    )


@consequence
def hide_names(*, user_id: int, enrolment_id: int) -> None:
    """Make calendar links read again: a patient whom one no longer follows has no name there."""
    bubble_id = select(Enrolment.bubble_id).where(Enrolment.id == enrolment_id).scalar_subquery()
    here = select(Agenda.id).where(Agenda.user_id == user_id, Agenda.bubble_id == bubble_id)
    touch_agendas(db.session.scalars(here))


def _describe(consultation_type: ConsultationType, facts: TypeFacts) -> None:
    members = list_caregiver_members(consultation_type.bubble_id)
    chosen = [user for user in members if user.id in set(facts.caregiver_ids)]
    if not chosen:
        raise NoCaregiverError
    consultation_type.name = facts.name
    consultation_type.duration_minutes = facts.duration_minutes
    consultation_type.mode = facts.mode
    consultation_type.price_cents = facts.price_cents
    consultation_type.is_bookable = facts.is_bookable
    consultation_type.minimum_notice_minutes = facts.minimum_notice_minutes
    consultation_type.horizon_days = facts.horizon_days
    consultation_type.caregivers = chosen


def _wall_clock(minute: int) -> time:
    return time(minute // 60, minute % 60)
