"""Who waits for an earlier hour, in which order, and what is offered to them now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased, contains_eager, joinedload

from core import clock
from core.database import db
from core.errors import NotFoundError
from core.statements import NOW, READER
from patient.models import Enrolment
from patient.queries.places import guarded_by
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import ConsultationType, consultation_type_caregivers
from scheduling.agendas.queries.bookable import get_service
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.free import list_free_slots
from scheduling.appointments.vocabulary import AppointmentStatus, HeldFor
from scheduling.time.slots import Window
from scheduling.waiting_list.models import FreedHour, WaitingListEntry, WaitingListOffer
from security.models import User

WAKES, SLEEPS = 8, 21
"""Hours of the place between which people are asked, and their time to answer runs."""
LONGEST_THOUGHT, SHORTEST_THOUGHT = timedelta(hours=2), timedelta(minutes=15)
A_DAY = timedelta(days=1)


def list_entries_of(actor: User) -> list[WaitingListEntry]:
    """Return for what everybody ``actor`` acts for waits, the oldest wish first."""
    return list(db.session.scalars(_entries().where(guarded_by(actor))))


def count_entries_of(actor: User) -> int:
    """Return for how many earlier hours everybody ``actor`` acts for waits."""
    query = (
        select(func.count())
        .select_from(WaitingListEntry)
        .join(WaitingListEntry.enrolment)
        .where(_is_live(), guarded_by(actor))
    )
    return db.session.scalar(query) or 0


def get_entry_for(actor: User, entry_id: int) -> WaitingListEntry:
    """Return a live wish of somebody whom ``actor`` acts for."""
    entry: WaitingListEntry | None = db.session.scalar(
        _entries().where(WaitingListEntry.id == entry_id, guarded_by(actor))
    )
    if entry is None:
        raise NotFoundError
    return entry


def find_entry(enrolment_id: int, type_id: int) -> WaitingListEntry | None:
    """Return the live wish of one patient for one type."""
    return db.session.scalar(
        _entries().where(
            WaitingListEntry.enrolment_id == enrolment_id,
            WaitingListEntry.consultation_type_id == type_id,
        )
    )


def place_of(entry: WaitingListEntry) -> int:
    """Return how many people, this one included, are asked before or with this wish."""
    return map_places([entry.id])[entry.id]


def map_places(entry_ids: Collection[int]) -> dict[int, int]:
    """Map wishes to how many people, each one included, are asked before or with it."""
    mine, other = WaitingListEntry, aliased(WaitingListEntry)
    is_rival = or_(
        mine.caregiver_id.is_(None),
        other.caregiver_id.is_(None),
        other.caregiver_id == mine.caregiver_id,
    )
    is_before = tuple_(*_arrival(other)) < tuple_(*_arrival(mine))
    before = (
        select(func.count(other.id))
        .where(
            other.ended_at.is_(None),
            other.consultation_type_id == mine.consultation_type_id,
            is_rival,
            is_before,
        )
        .correlate(mine)
        .scalar_subquery()
    )
    query = select(mine.id, before).where(mine.id.in_(entry_ids))
    return {entry_id: count + 1 for entry_id, count in db.session.execute(query)}


def list_open_offers_of(actor: User) -> list[WaitingListOffer]:
    """Return the hours that are kept now for people ``actor`` acts for, the first to end first."""
    query = (
        _offers()
        .where(guarded_by(actor), _is_open(clock.now()))
        .order_by(WaitingListOffer.expires_at)
    )
    return list(db.session.scalars(query))


def get_offer_of_waiting(actor: User, offer_id: int) -> WaitingListOffer:
    """Return an hour that was offered to somebody whom ``actor`` acts for, open or not."""
    offer: WaitingListOffer | None = db.session.scalar(
        _offers().where(WaitingListOffer.id == offer_id, guarded_by(actor))
    )
    if offer is None:
        raise NotFoundError
    return offer


def find_offer(offer_id: int) -> WaitingListOffer | None:
    """Return one offered hour, for the application itself."""
    return db.session.scalar(_offers().where(WaitingListOffer.id == offer_id))


def waits_for(caregiver_id: int) -> bool:
    """Say whether anybody waits for an hour of this caregiver."""
    query = select(WaitingListEntry.id).where(
        WaitingListEntry.ended_at.is_(None), _may_be_with(caregiver_id)
    )
    return db.session.scalar(query.limit(1)) is not None


def caregivers_to_look_at(now: datetime) -> list[int]:
    """Return whose freed hours, open offers or expired holds may change what somebody is asked."""
    freed = select(FreedHour.caregiver_id).where(FreedHour.closed_at.is_(None))
    over = select(WaitingListOffer.caregiver_id).where(
        WaitingListOffer.answered_at.is_(None), WaitingListOffer.expires_at <= now
    )
    holds = select(Appointment.caregiver_id).where(*_expired_hold(now))
    caregiver_ids = db.session.scalars(freed.union(over, holds))
    return sorted(set(caregiver_ids))


def has_over_wishes(now: datetime) -> bool:
    """Say whether some wish can be fulfilled by nothing any more."""
    return db.session.scalar(select(WaitingListEntry.id).where(is_over_wish(now))) is not None


def list_offers_of_over_wishes(now: datetime) -> list[WaitingListOffer]:
    """Return the open offers to wishes that nothing can fulfil any more."""
    over = select(WaitingListEntry.id).where(is_over_wish(now))
    query = select(WaitingListOffer).where(
        WaitingListOffer.answered_at.is_(None), WaitingListOffer.entry_id.in_(over)
    )
    return list(db.session.scalars(query))


def is_over_wish(now: datetime) -> ColumnElement[bool]:
    """Where wishes are asked for: the patient left, the type is gone, the days are over."""
    left = select(Enrolment.id).where(Enrolment.ended_at.is_not(None))
    gone = select(ConsultationType.id).where(ConsultationType.removed_at.is_not(None))
    begun = and_(Appointment.status == AppointmentStatus.BOOKED, Appointment.starts_at <= now)
    given_up = and_(  # by the patient's side: who gave it up no longer wants an earlier one
        Appointment.status == AppointmentStatus.CANCELLED,
        or_(
            Appointment.cancelled_by_id.is_(None),
            Appointment.cancelled_by_id != Appointment.caregiver_id,
        ),
    )
    over = select(Appointment.id).where(or_(begun, given_up))
    return and_(
        WaitingListEntry.ended_at.is_(None),
        or_(
            WaitingListEntry.enrolment_id.in_(left),
            WaitingListEntry.consultation_type_id.in_(gone),
            WaitingListEntry.appointment_id.in_(over),
            WaitingListEntry.not_after < now.date() - A_DAY,  # wherever the place is
        ),
    )


def list_expired_holds(caregiver_id: int, now: datetime) -> list[Appointment]:
    """Return the hours that were held, not confirmed, and not counted as freed yet."""
    query = select(Appointment).where(Appointment.caregiver_id == caregiver_id, *_expired_hold(now))
    return list(db.session.scalars(query))


def list_freed(caregiver_id: int) -> list[FreedHour]:
    """Return the stretches that are still to be offered, the nearest first."""
    query = (
        select(FreedHour)
        .where(FreedHour.caregiver_id == caregiver_id, FreedHour.closed_at.is_(None))
        .order_by(FreedHour.starts_at, FreedHour.id)
    )
    return list(db.session.scalars(query))


def list_waiting_for(caregiver_id: int) -> list[WaitingListEntry]:
    """Return who waits for an hour of this caregiver, in order of arrival."""
    return list(db.session.scalars(_entries().where(_may_be_with(caregiver_id))))


def find_offer_for_which(hold_id: int) -> WaitingListOffer | None:
    """Return the open offer for which an hour is kept."""
    return db.session.scalar(
        select(WaitingListOffer).where(
            WaitingListOffer.hold_id == hold_id, WaitingListOffer.answered_at.is_(None)
        )
    )


def map_open_offers(entry_ids: Collection[int], now: datetime) -> dict[int, WaitingListOffer]:
    """Map wishes to the hour that is kept now for each; those without one are left out."""
    query = select(WaitingListOffer).where(WaitingListOffer.entry_id.in_(entry_ids), _is_open(now))
    return {offer.entry_id: offer for offer in db.session.scalars(query)}


def list_offers_to(entry_id: int) -> list[WaitingListOffer]:
    """Return everything that was ever offered to one wish."""
    query = select(WaitingListOffer).where(WaitingListOffer.entry_id == entry_id)
    return list(db.session.scalars(query))


def list_unanswered(caregiver_id: int) -> list[WaitingListOffer]:
    """Return the offers of a caregiver's hours that nobody has answered."""
    query = select(WaitingListOffer).where(
        WaitingListOffer.caregiver_id == caregiver_id, WaitingListOffer.answered_at.is_(None)
    )
    return list(db.session.scalars(query))


def first_wanted(
    entry: WaitingListEntry, caregiver_id: int, freed: FreedHour, now: datetime
) -> datetime | None:
    """Return the first free hour of a freed stretch that this wish is about; never one twice."""
    try:
        offer = get_service(entry.enrolment_id, caregiver_id, entry.consultation_type_id)
    except NotBookableError:
        return None
    zone = ZoneInfo(offer.zone)
    minute, length = timedelta(minutes=1), timedelta(minutes=offer.duration)
    earliest = freed.starts_at - length + minute
    latest = freed.ends_at - minute
    if entry.not_before is not None:
        earliest = max(earliest, datetime.combine(entry.not_before, time(), zone))
    if entry.not_after is not None:
        latest = min(latest, datetime.combine(entry.not_after + A_DAY, time(), zone) - minute)
    replaced = replaced_by(entry, now)
    if replaced is not None:
        if now > replaced.starts_at - offer.cancellation_notice:
            return None
        latest = min(latest, replaced.starts_at - minute)
    if earliest > latest:
        return None
    known = {
        earlier.starts_at
        for earlier in list_offers_to(entry.id)
        if earlier.caregiver_id == caregiver_id
    }
    is_own = replaced is not None and replaced.caregiver_id == caregiver_id
    own = [replaced.id] if replaced is not None and is_own else []
    slots = list_free_slots(offer, Window(earliest, latest), but=own)
    return next((slot for slot in slots if slot not in known), None)


def replaced_by(entry: WaitingListEntry, now: datetime) -> Appointment | None:
    """Return the appointment that an earlier hour would replace, as long as it stands."""
    appointment = entry.appointment
    if appointment is None or appointment.starts_at <= now:
        return None
    return appointment if appointment.status is AppointmentStatus.BOOKED else None


def answer_until(
    now: datetime, starts_at: datetime, notice: timedelta, zone: str
) -> datetime | None:
    """Return until when an hour is kept for who is asked now; None: now is not the moment.

    Two hours, or half of what is left before it can no longer be booked. The night counts for
    nothing: nobody is asked in it, and nobody loses an hour in it.
    """
    place = ZoneInfo(zone)
    local = now.astimezone(place)
    left = starts_at - notice - now
    if not WAKES <= local.hour < SLEEPS:
        return None
    thought = min(LONGEST_THOUGHT, left / 2)
    if thought < SHORTEST_THOUGHT:
        return None
    bedtime = datetime.combine(local.date(), time(SLEEPS), place)
    if now + thought <= bedtime:
        return now + thought
    morning = datetime.combine(local.date() + A_DAY, time(WAKES), place)
    until = morning + (now + thought - bedtime)
    return until if until <= starts_at - notice else None


def _entries() -> Select[WaitingListEntry]:
    return (
        select(WaitingListEntry)
        .join(WaitingListEntry.enrolment)
        .where(_is_live())
        .options(
            contains_eager(WaitingListEntry.enrolment).options(
                joinedload(Enrolment.patient), joinedload(Enrolment.bubble)
            ),
            joinedload(WaitingListEntry.consultation_type),
            joinedload(WaitingListEntry.caregiver),
            joinedload(WaitingListEntry.appointment),
        )
        .order_by(*_arrival(WaitingListEntry))
    )


def _is_live() -> ColumnElement[bool]:
    return and_(WaitingListEntry.ended_at.is_(None), Enrolment.ended_at.is_(None))


def _arrival(entry: type[WaitingListEntry]) -> tuple[Any, Any]:
    """Return what decides who is asked first."""
    return entry.created_at, entry.id


def _offers() -> Select[WaitingListOffer]:
    return (
        select(WaitingListOffer)
        .join(WaitingListOffer.entry)
        .join(WaitingListEntry.enrolment)
        .where(Enrolment.ended_at.is_(None))
        .options(
            contains_eager(WaitingListOffer.entry).options(
                contains_eager(WaitingListEntry.enrolment).options(
                    joinedload(Enrolment.patient), joinedload(Enrolment.bubble)
                ),
                joinedload(WaitingListEntry.consultation_type),
                joinedload(WaitingListEntry.appointment),
            ),
            joinedload(WaitingListOffer.caregiver),
        )
    )


def _is_open(now: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    return and_(WaitingListOffer.answered_at.is_(None), WaitingListOffer.expires_at > now)


def _may_be_with(caregiver_id: int) -> ColumnElement[bool]:
    offered = (
        select(consultation_type_caregivers.c.user_id)
        .where(
            consultation_type_caregivers.c.consultation_type_id
            == WaitingListEntry.consultation_type_id,
            consultation_type_caregivers.c.user_id == caregiver_id,
        )
        .correlate(WaitingListEntry)
        .exists()
    )
    return or_(
        WaitingListEntry.caregiver_id == caregiver_id,
        and_(WaitingListEntry.caregiver_id.is_(None), offered),
    )


def _expired_hold(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """An hour that somebody let run out within the last day."""
    counted = select(FreedHour.id).where(FreedHour.hold_id == Appointment.id).correlate(Appointment)
    return (
        Appointment.status == AppointmentStatus.HELD,
        Appointment.held_for.is_distinct_from(HeldFor.OFFER),  # its stretch is offered further
        Appointment.held_until <= now,
        Appointment.held_until > now - A_DAY,
        Appointment.starts_at > now,
        ~counted.exists(),
    )


def today_at(enrolment: Enrolment) -> date:
    """Return the date at the place."""
    return clock.now().astimezone(ZoneInfo(enrolment.bubble.time_zone)).date()


HAS_OFFER = (
    select(WaitingListOffer.id)
    .join(WaitingListOffer.entry)
    .join(WaitingListEntry.enrolment)
    .where(Enrolment.ended_at.is_(None), guarded_by(READER), _is_open(NOW))
    .exists()
)
"""An hour is kept now for somebody whom the reader acts for."""
_theirs = func.coalesce(WaitingListEntry.caregiver_id, Appointment.caregiver_id)
_may_concern = or_(
    _theirs == Appointment.caregiver_id,
    WaitingListEntry.enrolment_id == Appointment.enrolment_id,
)
_waiting = select(WaitingListEntry.id).where(_may_concern, WaitingListEntry.ended_at.is_(None))
IS_WAITED_FOR = _waiting.correlate(Appointment).exists()
"""Somebody waits for whom it may matter what becomes of an appointment."""
