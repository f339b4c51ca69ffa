"""« Mes patients », and the team around each person: composed from every package."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from caregiver.queries import portraits_of, professions_of
from core import clock, paging, wording
from core.database import db
from core.paging import Page
from messaging.models import Conversation, Message, ReadMark
from messaging.queries.participants import mark_of
from patient.models import CareAssignment, Enrolment
from patient.queries.lists import BY_NAME, cut, followed, named
from patient.queries.places import list_enrolments_of, map_followers
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.appointments import AppointmentRow, next_appointments
from scheduling.appointments.vocabulary import AppointmentStatus
from security.models import User


@dataclass(frozen=True)
class TeamMember:
    """One caregiver of a patient's team."""

    user: User
    profession: str
    photo: int | None = None
    """The version of their photo, if they have one."""


@dataclass(frozen=True)
class Team:
    """Who follows a patient in one bubble."""

    enrolment: Enrolment
    members: list[TeamMember]


@dataclass(frozen=True)
class Sought:
    """What a caregiver looks for among their patients."""

    search: str = ""
    bubble_id: int | None = None
    has_next: bool | None = None
    """With a coming appointment, or without; either when it is not said."""
    is_unread: bool = False
    """Only those with a message that waits for the caregiver."""
    by_next: bool = False
    """The nearest appointment first, instead of by name."""
    number: int = 1
    size: int = paging.SIZE

    @property
    def is_narrowed(self) -> bool:
        """Say whether anything but the whole list was asked for."""
        return bool(self.search or self.bubble_id or self.is_unread or self.has_next is not None)


@dataclass(frozen=True)
class FollowedPatient:
    """One line of « mes patients »."""

    enrolment: Enrolment
    age: int
    next_appointment: AppointmentRow | None
    last_at: datetime | None = None
    """When they were last seen in this bubble."""
    unread: int = 0
    """What others wrote in conversations of the caregiver about this patient."""


def list_patients_of(actor: User, sought: Sought) -> Page[FollowedPatient]:
    """Return one page of the patients ``actor`` follows; as many queries whatever their number."""
    query = followed(actor)
    conditions = (
        named(sought.search),
        Enrolment.bubble_id == sought.bubble_id if sought.bubble_id is not None else None,
        _has_next(is_wanted=sought.has_next) if sought.has_next is not None else None,
        _has_unread(actor) if sought.is_unread else None,
    )
    for condition in conditions:
        if condition is not None:
            query = query.where(condition)
    query = _nearest_first(actor, query) if sought.by_next else query.order_by(*BY_NAME)
    page = cut(query, sought.number, sought.size)
    return paging.page_of(_lines(actor, page.items), page.total, page.number, page.size)


def list_soonest_of(actor: User, size: int) -> Page[FollowedPatient]:
    """Return the first patients to come; then, by name, those who have no appointment."""
    page = cut(_nearest_first(actor, followed(actor)), 1, size)
    coming = next_appointments([enrolment.id for enrolment in page.items])
    today = wording.today(actor.time_zone)
    lines = [
        FollowedPatient(
            enrolment, wording.age(enrolment.patient.birth_date, today), coming.get(enrolment.id)
        )
        for enrolment in page.items
    ]
    return paging.page_of(lines, page.total, 1, size)


def list_teams_of(actor: User) -> list[Team]:
    """Return who follows each person ``actor`` acts for, bubble by bubble."""
    enrolments = list_enrolments_of(actor)
    followers = map_followers([enrolment.id for enrolment in enrolments])
    faces = _faces({user.id for users in followers.values() for user in users})
    return [
        Team(enrolment, _members(followers.get(enrolment.id, []), *faces))
        for enrolment in enrolments
    ]


def get_team_around(enrolment: Enrolment) -> list[TeamMember]:
    """Return who follows one patient in one bubble."""
    followers = map_followers([enrolment.id]).get(enrolment.id, [])
    return _members(followers, *_faces({user.id for user in followers}))


def _faces(user_ids: Collection[int]) -> tuple[dict[int, str], dict[int, int]]:
    return professions_of(user_ids), portraits_of(user_ids)


def _members(
    users: list[User], professions: dict[int, str], photos: dict[int, int]
) -> list[TeamMember]:
    return [TeamMember(user, professions.get(user.id, ""), photos.get(user.id)) for user in users]


def _lines(actor: User, enrolments: list[Enrolment]) -> list[FollowedPatient]:
    ids = [enrolment.id for enrolment in enrolments]
    coming, last, unread = next_appointments(ids), _last_times(ids), _count_unread(actor, ids)
    today = wording.today(actor.time_zone)
    return [
        FollowedPatient(
            enrolment,
            wording.age(enrolment.patient.birth_date, today),
            coming.get(enrolment.id),
            last.get(enrolment.id),
            unread.get(enrolment.id, 0),
        )
        for enrolment in enrolments
    ]


def _last_times(enrolment_ids: list[int]) -> dict[int, datetime]:
    query = (
        select(Appointment.enrolment_id, func.max(Appointment.starts_at))
        .where(
            Appointment.enrolment_id.in_(enrolment_ids),
            Appointment.status == AppointmentStatus.BOOKED,
            Appointment.ends_at <= clock.now(),
        )
        .group_by(Appointment.enrolment_id)
    )
    return dict(row for row in db.session.execute(query))


def _count_unread(actor: User, enrolment_ids: list[int]) -> dict[int, int]:
    query = (
        select(Conversation.enrolment_id, func.count(Message.id))
        .join(Message, Message.conversation_id == Conversation.id)
        .outerjoin(ReadMark, mark_of(actor))
        .where(Conversation.enrolment_id.in_(enrolment_ids), _waits_for(actor))
        .group_by(Conversation.enrolment_id)
    )
    return dict(row for row in db.session.execute(query))


def _nearest_first(actor: User, query: Select[Enrolment]) -> Select[Enrolment]:
    """Find out all the next times in one pass; who has none comes last, by name."""
    times = (
        select(Appointment.enrolment_id, func.min(Appointment.starts_at).label("at"))
        .join(CareAssignment, CareAssignment.enrolment_id == Appointment.enrolment_id)
        .where(
            CareAssignment.user_id == actor.id,
            Appointment.status == AppointmentStatus.BOOKED,
            Appointment.ends_at > clock.now(),
        )
        .group_by(Appointment.enrolment_id)
        .subquery()
    )
    at = times.c.at
    joined = query.outerjoin(times, times.c.enrolment_id == Enrolment.id)
    return joined.order_by(case((at.is_(None), 1), else_=0), at, *BY_NAME)


def _has_next(*, is_wanted: bool) -> ColumnElement[bool]:
    next_appointment = select(Appointment.id).where(*_is_next()).correlate(Enrolment).exists()
    return next_appointment if is_wanted else ~next_appointment


def _is_next() -> tuple[ColumnElement[bool], ...]:
    return (
        Appointment.enrolment_id == Enrolment.id,
        Appointment.status == AppointmentStatus.BOOKED,
        Appointment.ends_at > clock.now(),
    )


def _has_unread(actor: User) -> ColumnElement[bool]:
    return (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(ReadMark, mark_of(actor))
        .where(Conversation.enrolment_id == Enrolment.id, _waits_for(actor))
        .correlate(Enrolment)
        .exists()
    )


def _waits_for(actor: User) -> ColumnElement[bool]:
    """Where messages, conversations and marks are joined: written by others, and not read yet."""
    return and_(
        or_(Conversation.caregiver_id.is_(None), Conversation.caregiver_id == actor.id),
        Message.sender_id != actor.id,
        Message.seq > func.coalesce(ReadMark.seq, 0),
    )
