"""Finding which appointments somebody is to be reminded of, at this very moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from core import clock
from core.database import db
from core.statements import ME
from patient.models import Enrolment, Guardianship
from scheduling.appointments.models import (
    Appointment,
    AppointmentChange,
)
from scheduling.appointments.vocabulary import AppointmentStatus, ChangeKind
from scheduling.notices.models import Reminder, ReminderPreference
from scheduling.notices.vocabulary import Channel
from security.models import User

LONGEST_AHEAD = timedelta(days=15)
"""No reminder leaves earlier than that."""
TEXTED_WITHIN = timedelta(hours=24)
"""Text messages are for the last day; what is further away is said by e-mail."""
DAYTIME = range(7, 21)
"""Hours of the place at which telephones may ring."""


@dataclass(frozen=True)
class Due:
    """One appointment of which one person is to be reminded now, in one way."""

    appointment_id: int
    sequence: int
    day: date
    """At the place."""
    reader_id: int
    minutes_before: int
    channel: Channel


def list_due(now: datetime) -> list[Due]:
    """Return everything to be said now, by reader and hour; nothing that was said already.

    Computed from the appointments as they are: nothing was planned, so nothing can be stale. Of
    several moments that have passed only the latest counts, and none that came before the
    booking, or before the last move.
    """
    appointments = _list_coming(now)
    said = list_said([appointment.id for appointment in appointments])
    settled = _map_settled([appointment.id for appointment in appointments])
    readers = _map_readers({appointment.enrolment.patient_id for appointment in appointments})
    wishes = map_preferences({user.id for group in readers.values() for user in group})
    due = []
    for appointment in appointments:
        minutes = _due_now(
            appointment,
            settled.get(appointment.id) or appointment.confirmed_at or appointment.created_at,
            now,
        )
        if minutes is None:
            continue
        for user in readers[appointment.enrolment.patient_id]:
            wanted = _channels(appointment, user, wishes[user.id], now)
            day = local(appointment, appointment.starts_at).date()
            due += [
                Due(appointment.id, appointment.sequence, day, user.id, minutes, way)
                for way in sorted(wanted)
                if (appointment.id, appointment.sequence, minutes, user.id, way) not in said
            ]
    return due


def list_same_day(appointment: Appointment, reader_id: int) -> list[Appointment]:
    """Return what the reader has to come of that day, to be said in the same breath."""
    zone = ZoneInfo(appointment.enrolment.bubble.time_zone)
    midnight = datetime.combine(local(appointment, appointment.starts_at), time(), zone)
    query = (
        _standing()
        .join(Guardianship, Guardianship.patient_id == Enrolment.patient_id)
        .where(
            Guardianship.user_id == reader_id,
            Appointment.starts_at >= midnight,
            Appointment.starts_at > clock.now(),
            Appointment.starts_at < midnight + timedelta(days=1),
        )
    )
    return list(db.session.scalars(query).unique())


def list_said(appointment_ids: Iterable[int]) -> set[tuple[int, int, int, int, Channel]]:
    """Return which reminders of these appointments have left."""
    query = select(
        Reminder.appointment_id,
        Reminder.sequence,
        Reminder.minutes_before,
        Reminder.user_id,
        Reminder.channel,
    ).where(Reminder.appointment_id.in_(list(appointment_ids)))
    return {(row[0], row[1], row[2], row[3], row[4]) for row in db.session.execute(query)}


def get_standing(appointment_id: int) -> Appointment | None:
    """Return one appointment as it is now, whatever became of it, with what its words need."""
    query = _loaded(select(Appointment)).where(Appointment.id == appointment_id)
    appointment: Appointment | None = db.session.scalar(query)
    return appointment


def hour_to_warn_before(appointment: Appointment, now: datetime) -> datetime:
    """Return the hour that somebody would come for who was not told: the former one, if ahead."""
    former = db.session.scalar(
        select(AppointmentChange.from_starts_at)
        .where(
            AppointmentChange.appointment_id == appointment.id,
            AppointmentChange.from_starts_at.is_not(None),
        )
        .order_by(AppointmentChange.id.desc())
        .limit(1)
    )
    hours = [hour for hour in (former, appointment.starts_at) if hour is not None and hour > now]
    return min(hours, default=appointment.starts_at)


IS_REMINDED = ~(
    select(ReminderPreference.id)
    .where(
        ReminderPreference.user_id == ME,
        ~ReminderPreference.by_email,
        ~ReminderPreference.by_sms,
    )
    .exists()
)
"""The reader hears of appointments by one way at least, as everybody does who never said."""


def map_preferences(user_ids: Collection[int]) -> dict[int, ReminderPreference]:
    """Map accounts to their wishes; who never said anything gets both ways."""
    query = select(ReminderPreference).where(ReminderPreference.user_id.in_(user_ids))
    known = {preference.user_id: preference for preference in db.session.scalars(query)}
    return {
        user_id: known.get(user_id)
        or ReminderPreference(user_id=user_id, by_email=True, by_sms=True)
        for user_id in user_ids
    }


def local(appointment: Appointment, moment: datetime) -> datetime:
    """Return the wall clock of the place at a moment."""
    return moment.astimezone(ZoneInfo(appointment.enrolment.bubble.time_zone))


def _loaded(query: Select[Appointment]) -> Select[Appointment]:
    return query.join(Appointment.enrolment).options(
        contains_eager(Appointment.enrolment).joinedload(Enrolment.bubble),
        joinedload(Appointment.consultation_type),
        joinedload(Appointment.caregiver),
    )


def _standing() -> Select[Appointment]:
    return (
        _loaded(select(Appointment))
        .where(Appointment.status == AppointmentStatus.BOOKED, Enrolment.ended_at.is_(None))
        .order_by(Appointment.starts_at, Appointment.id)
    )


def _list_coming(now: datetime) -> list[Appointment]:
    query = _standing().where(
        Appointment.starts_at > now, Appointment.starts_at <= now + LONGEST_AHEAD
    )
    return list(db.session.scalars(query))


def _map_settled(appointment_ids: Iterable[int]) -> dict[int, datetime]:
    """Map appointments that were moved to the instant of their last move."""
    query = (
        select(AppointmentChange.appointment_id, func.max(AppointmentChange.at))
        .where(
            AppointmentChange.appointment_id.in_(list(appointment_ids)),
            AppointmentChange.kind.in_((ChangeKind.MOVED, ChangeKind.CLOCK_CHANGED)),
        )
        .group_by(AppointmentChange.appointment_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def _map_readers(patient_ids: Collection[int]) -> dict[int, list[User]]:
    query = (
        select(Guardianship.patient_id, User)
        .join(User, Guardianship.user_id == User.id)
        .where(Guardianship.patient_id.in_(patient_ids), User.is_enabled)
        .order_by(User.id)
    )
    readers: dict[int, list[User]] = defaultdict(list)
    for patient_id, user in db.session.execute(query):
        readers[patient_id].append(user)
    return readers


def _due_now(appointment: Appointment, settled: datetime, now: datetime) -> int | None:
    """Return the latest reminder whose moment has come since the hour was settled, in minutes."""
    passed = [
        before
        for before in appointment.consultation_type.reminders
        if settled < appointment.starts_at - before <= now
    ]
    return int(min(passed).total_seconds()) // 60 if passed else None


def _channels(
    appointment: Appointment, user: User, wish: ReminderPreference, now: datetime
) -> set[Channel]:
    channels = {Channel.EMAIL} if wish.by_email else set()
    is_near = appointment.starts_at - now <= TEXTED_WITHIN
    if wish.by_sms and user.phone_proved_at and is_near and local(appointment, now).hour in DAYTIME:
        channels.add(Channel.SMS)
    return channels
