"""Offering hours that came back: to one person at a time, in order of arrival, for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from core import clock
from core.authorization import INSTANCE, Actor, Instance, System, Wait, operation
from core.database import db
from core.events import publish
from scheduling.agendas.queries.bookable import get_service
from scheduling.agendas.queries.locks import agendas_of, lock_agendas
from scheduling.appointments import lifecycle
from scheduling.appointments.vocabulary import AppointmentStatus, HeldFor
from scheduling.time.intervals import Period
from scheduling.waiting_list.events import HourOffered
from scheduling.waiting_list.models import FreedHour, WaitingListEntry, WaitingListOffer
from scheduling.waiting_list.operations.freed_hours import look_again, note_freed
from scheduling.waiting_list.policy import WaitingListPermission
from scheduling.waiting_list.queries import (
    answer_until,
    caregivers_to_look_at,
    find_offer_for_which,
    first_wanted,
    has_over_wishes,
    is_over_wish,
    list_expired_holds,
    list_freed,
    list_offers_of_over_wishes,
    list_unanswered,
    list_waiting_for,
    map_open_offers,
)
from scheduling.waiting_list.vocabulary import OfferAnswer
from security.models import User
from security.queries import get_user

WORKER = System("waiting list")


@dataclass(frozen=True)
class Turn:
    """Who is next for a freed stretch, with which hour of it, until when; and who may come yet."""

    entry: WaitingListEntry | None
    slot: datetime
    until: datetime
    is_pending: bool


def ask_everybody(_row_id: int, _payload: dict[str, Any]) -> None:
    """Answer the outbox, every minute and after each freed hour: ask whoever is next.

    Looks before it acts: a minute in which nothing changes leaves no trace.
    """
    now = clock.now()
    if has_over_wishes(now):
        end_over_wishes(WORKER, INSTANCE)
    due = caregivers_to_look_at(now)
    db.session.rollback()
    for caregiver_id in due:
        caregiver = get_user(caregiver_id)
        if caregiver is not None and _is_something_new(caregiver_id, now):
            ask_for_hours_of(WORKER, caregiver)


def _is_something_new(caregiver_id: int, now: datetime) -> bool:
    if any(offer.expires_at <= now for offer in list_unanswered(caregiver_id)):
        return True
    if list_expired_holds(caregiver_id, now):
        return True
    waiting = list_waiting_for(caregiver_id)
    asked = map_open_offers([entry.id for entry in waiting], now)
    turns = [_turn(caregiver_id, freed, waiting, asked) for freed in list_freed(caregiver_id)]
    return any(turn.entry is not None or not turn.is_pending for turn in turns)


def _their_agenda(_actor: Actor, caregiver: User, **_asked: object) -> Wait:
    return agendas_of(caregiver.id)


@operation(WaitingListPermission.OFFER_FREED, lock=_their_agenda)
def ask_for_hours_of(_actor: Actor, caregiver: User) -> None:
    """Give the freed hours of one caregiver to who waits, each to one person at a time."""
    caregiver_id = caregiver.id
    now = clock.now()
    for offer in list_unanswered(caregiver_id):
        if offer.expires_at <= now:
            end_offer(offer, OfferAnswer.EXPIRED)
        elif offer.entry.ended_at is not None:
            end_offer(offer, OfferAnswer.WITHDRAWN)
    for hold in list_expired_holds(caregiver_id, now):
        note_freed(caregiver_id, [Period(hold.starts_at, hold.ends_at)], hold_id=hold.id)
    db.session.flush()  # what is free is asked next
    waiting = list_waiting_for(caregiver_id)
    asked = map_open_offers([entry.id for entry in waiting], now)
    for freed in list_freed(caregiver_id):
        turn = _turn(caregiver_id, freed, waiting, asked)
        while turn.entry is not None:
            asked[turn.entry.id] = _offer(turn.entry, caregiver_id, turn.slot, turn.until)
            turn = _turn(caregiver_id, freed, waiting, asked)
        if not turn.is_pending:
            freed.closed_at = now


def _agendas_of_over_wishes(_actor: Actor, _instance: Instance, **_asked: object) -> Wait:
    return lambda: lock_agendas(
        [offer.caregiver_id for offer in list_offers_of_over_wishes(clock.now())]
    )


@operation(WaitingListPermission.OFFER_FREED, lock=_agendas_of_over_wishes)
def end_over_wishes(_actor: Actor, _instance: Instance) -> None:
    """End the wishes that nothing can fulfil any more, and keep no hour for them."""
    now = clock.now()
    for offer in list_offers_of_over_wishes(now):
        end_offer(offer, OfferAnswer.WITHDRAWN)
    db.session.execute(
        update(WaitingListEntry)
        .where(is_over_wish(now))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)  # nobody goes on with these rows
    )


def end_offer(offer: WaitingListOffer, answer: OfferAnswer) -> None:
    """Note what became of an offer; unless it was taken, the hour kept for it is given up."""
    if offer.answered_at is not None:
        return
    offer.answered_at, offer.answer = clock.now(), answer
    held = offer.hold
    if held is not None and held.status is AppointmentStatus.HELD:
        lifecycle.cancel([held], by=None)


def withdraw_offer(hold_id: int) -> None:
    """End the offer whose kept hour was given up by somebody else than who was asked."""
    offer = find_offer_for_which(hold_id)
    if offer is not None:
        end_offer(offer, OfferAnswer.WITHDRAWN)
        look_again()


def _turn(
    caregiver_id: int,
    freed: FreedHour,
    waiting: Sequence[WaitingListEntry],
    asked: Mapping[int, WaitingListOffer],
) -> Turn:
    """Judge who is next, in order of arrival; writes nothing.

    ``asked``: by wish, the hour that somebody thinks about.
    """
    now, is_pending = clock.now(), False
    for entry in waiting if now < freed.ends_at else []:
        if entry.created_at > freed.freed_at:
            continue
        slot = first_wanted(entry, caregiver_id, freed, now)
        if (offer := asked.get(entry.id)) is not None:
            is_this = offer.caregiver_id == caregiver_id
            is_pending = is_pending or slot is not None or is_this
            continue
        if slot is None:
            continue
        is_pending = True  # of the night, too: tomorrow morning is another moment
        notice = timedelta(minutes=entry.consultation_type.minimum_notice_minutes)
        until = answer_until(now, slot, notice, entry.enrolment.bubble.time_zone)
        if until is not None:
            return Turn(entry, slot, until, is_pending=True)
    return Turn(None, now, now, is_pending=is_pending)


def _offer(
    entry: WaitingListEntry, caregiver_id: int, slot: datetime, until: datetime
) -> WaitingListOffer:
    service = get_service(entry.enrolment_id, caregiver_id, entry.consultation_type_id)
    lifecycle.give_up_run_out([caregiver_id], service.period_at(slot))
    offer = WaitingListOffer(
        entry=entry,
        hold=lifecycle.hold(service, slot, held_for=HeldFor.OFFER, until=until),
        caregiver_id=caregiver_id,
        starts_at=slot,
        expires_at=until,
        created_at=clock.now(),
    )
    db.session.add(offer)
    db.session.flush()  # its number is in the messages
    publish(HourOffered(offer))
    return offer
