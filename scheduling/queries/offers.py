"""Finding what can be booked with whom, and the hours that are free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from bubbles.models import Bubble, Membership
from core import clock
from core.database import db
from patient.models import CareAssignment, Enrolment
from scheduling.errors import NotBookableError
from scheduling.models import (
    Agenda,
    Appointment,
    Availability,
    ConsultationType,
    consultation_type_caregivers,
)
from scheduling.slots import WeeklyRange, Window, free_slots
from scheduling.vocabulary import AppointmentStatus, ConsultationMode
from security.models import User


@dataclass(frozen=True, slots=True)
class Offer:
    """One consultation type of one caregiver, bookable by one patient, with its rules."""

    enrolment_id: int
    agenda_id: int
    caregiver_id: int
    type_id: int
    name: str
    mode: ConsultationMode
    duration: int
    price_cents: int | None
    notice: timedelta
    horizon: timedelta
    zone: str
    hours: tuple[WeeklyRange, ...]

    def window(self, now: datetime) -> Window:
        """Return from when, until when it can be booked at this instant."""
        return Window(now + self.notice, now + self.horizon)

    def opens_on(self, day: date) -> bool:
        """Say whether the agenda has hours on that weekday."""
        return any(one.weekday == day.weekday() for one in self.hours)


def get_offer(enrolment_id: int, caregiver_id: int, type_id: int) -> Offer:
    """Return the rules of one booking, if this patient can book it with this caregiver now.

    Raises:
        NotBookableError: the type was withdrawn, or the caregiver no longer follows the patient.
    """
    query = _OFFERS.where(
        Enrolment.id == enrolment_id,
        Agenda.user_id == caregiver_id,
        ConsultationType.id == type_id,
    )
    found = _offers(query)
    if not found:
        raise NotBookableError
    return found[0]


def list_offers(enrolment_id: int, caregiver_id: int) -> list[Offer]:
    """Return what this patient can book with this caregiver, by name."""
    return _offers(_OFFERS.where(Enrolment.id == enrolment_id, Agenda.user_id == caregiver_id))


def bookable_caregivers(enrolment_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Return which places have something to book with which caregivers: it has hours and a type."""
    query = (
        _OFFERS.where(Enrolment.id.in_(list(enrolment_ids)), Availability.id.is_not(None))
        .with_only_columns(Enrolment.id, Agenda.user_id)
        .order_by(None)
        .distinct()
    )
    return {(enrolment_id, user_id) for enrolment_id, user_id in db.session.execute(query)}


def list_free_slots(
    offer: Offer, window: Window, *, for_user_id: int | None = None
) -> list[datetime]:
    """Return the beginnings of the free slots of ``window`` that can be booked now.

    What ``for_user_id`` holds is free for them: taking another hour gives it up.
    """
    allowed = offer.window(clock.now())
    window = Window(max(window.earliest, allowed.earliest), min(window.latest, allowed.latest))
    if window.earliest > window.latest:
        return []
    busy = list_busy(
        offer.caregiver_id,
        window.earliest,
        window.latest + timedelta(minutes=offer.duration),
        for_user_id=for_user_id,
    )
    return free_slots(offer.hours, offer.zone, busy, offer.duration, window)


def nearest_slots(
    offer: Offer, around: datetime, *, count: int = 3, for_user_id: int | None = None
) -> list[datetime]:
    """Return the free slots nearest to an hour that is gone, in order of time."""
    week = timedelta(days=7)
    free = list_free_slots(offer, Window(around - week, around + 2 * week), for_user_id=for_user_id)
    if len(free) < count:
        free = list_free_slots(offer, offer.window(clock.now()), for_user_id=for_user_id)
    return sorted(sorted(free, key=lambda slot: (abs(slot - around), slot))[:count])


def list_busy(
    caregiver_id: int, start: datetime, end: datetime, *, for_user_id: int | None = None
) -> list[tuple[datetime, datetime]]:
    """Return when the caregiver's time is promised or held, in every bubble, in order."""
    held = and_(Appointment.status == AppointmentStatus.HELD, Appointment.held_until > clock.now())
    if for_user_id is not None:
        held = and_(held, Appointment.booked_by_id != for_user_id)
    query = (
        select(Appointment.starts_at, Appointment.ends_at)
        .where(
            Appointment.caregiver_id == caregiver_id,
            Appointment.starts_at < end,
            Appointment.ends_at > start,
            or_(Appointment.status == AppointmentStatus.CONFIRMED, held),
        )
        .order_by(Appointment.starts_at)
    )
    return [(start, end) for start, end in db.session.execute(query)]


_OFFERS: Any = (
    select(
        Enrolment.id,
        Agenda.id,
        Agenda.user_id,
        ConsultationType.id,
        ConsultationType.name,
        ConsultationType.mode,
        ConsultationType.duration_minutes,
        ConsultationType.price_cents,
        ConsultationType.minimum_notice_minutes,
        ConsultationType.horizon_days,
        Bubble.time_zone,
        Availability.weekday,
        Availability.starts_at,
        Availability.ends_at,
    )
    .select_from(Enrolment)
    .join(Bubble, Bubble.id == Enrolment.bubble_id)
    .join(CareAssignment, CareAssignment.enrolment_id == Enrolment.id)
    .join(
        Membership,
        and_(
            Membership.bubble_id == Enrolment.bubble_id,
            Membership.user_id == CareAssignment.user_id,
        ),
    )
    .join(User, User.id == CareAssignment.user_id)
    .join(
        Agenda,
        and_(
            Agenda.bubble_id == Enrolment.bubble_id,
            Agenda.user_id == CareAssignment.user_id,
        ),
    )
    .join(
        consultation_type_caregivers,
        consultation_type_caregivers.c.user_id == CareAssignment.user_id,
    )
    .join(
        ConsultationType,
        and_(
            ConsultationType.id == consultation_type_caregivers.c.consultation_type_id,
            ConsultationType.bubble_id == Enrolment.bubble_id,
        ),
    )
    .outerjoin(Availability, Availability.agenda_id == Agenda.id)
    .where(
        Enrolment.ended_at.is_(None),
        Membership.is_caregiver,
        User.is_enabled,
        Agenda.closed_at.is_(None),
        ConsultationType.is_bookable,
        ConsultationType.removed_at.is_(None),
    )
    .order_by(func.lower(ConsultationType.name), ConsultationType.id)
)
"""One row for each range of weekly hours of each offer, or one without where there is none."""


def _offers(query: Select[Any]) -> list[Offer]:
    grouped: dict[int, tuple[Any, list[WeeklyRange]]] = {}
    for *facts, weekday, starts, ends in db.session.execute(query):
        hours = grouped.setdefault(facts[3], (facts, []))[1]
        if weekday is not None:
            hours.append(WeeklyRange(weekday, _minute(starts), _minute(ends)))
    return [_offer(facts, hours) for facts, hours in grouped.values()]


def _offer(facts: Sequence[Any], hours: list[WeeklyRange]) -> Offer:
    enrolment_id, agenda_id, caregiver_id, type_id, name, mode, duration, price, *rules = facts
    notice, horizon, zone = rules
    return Offer(
        enrolment_id,
        agenda_id,
        caregiver_id,
        type_id,
        name,
        mode,
        duration,
        price,
        timedelta(minutes=notice),
        timedelta(days=horizon),
        zone,
        tuple(sorted(hours, key=lambda one: (one.weekday, one.start))),
    )


def _minute(wall_clock: time) -> int:
    return wall_clock.hour * 60 + wall_clock.minute
