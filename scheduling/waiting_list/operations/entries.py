"""Waiting for an earlier hour: joining, leaving, taking or refusing the hour that is offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core import clock
from core.authorization import operation
from core.database import db
from patient.models import Enrolment
from patient.queries.places import list_followers, lock_enrolment
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import ConsultationType
from scheduling.agendas.queries.bookable import get_service
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changes import (
    mark_cancelled,
    note_change,
    touch_agendas,
    withdraw_proposals,
)
from scheduling.appointments.operations.changing import (
    move,
    others_concerned,
    service_of,
    tell_of_move,
)
from scheduling.appointments.operations.taking import add_appointment, release, require_free
from scheduling.appointments.queries.locks import lock_agenda
from scheduling.appointments.queries.meetings import has_been_seen
from scheduling.appointments.vocabulary import AppointmentStatus, ChangeKind
from scheduling.notices import emails
from scheduling.notices.emails import moves
from scheduling.waiting_list.errors import OfferEndedError, WrongWishError
from scheduling.waiting_list.models import WaitingListEntry, WaitingListOffer
from scheduling.waiting_list.operations.freed_hours import look_again
from scheduling.waiting_list.policy import WaitingListPermission
from scheduling.waiting_list.queries import find_entry, list_offers_to, replaced_by, today_at
from scheduling.waiting_list.vocabulary import OfferAnswer
from security.models import User


@dataclass(frozen=True)
class Wish:
    """Which earlier hour somebody would like."""

    caregiver_id: int | None = None
    """None: with any caregiver who follows the patient and offers the type."""
    not_before: date | None = None
    not_after: date | None = None


@operation(WaitingListPermission.WAIT)
def join_waiting_list(
    actor: User,
    enrolment: Enrolment,
    *,
    consultation_type: ConsultationType,
    wish: Wish,
    appointment: Appointment | None = None,
) -> WaitingListEntry:
    """Ask to be told of an earlier hour; whoever waits for this type already changes their wish.

    The place in the order stays the one of the first time.

    Raises:
        NotBookableError: nobody offers this type to this patient.
        WrongWishError: no day lies between the dates.
    """
    lock_enrolment(enrolment.id)
    followers = {user.id for user in list_followers(enrolment.id)}
    offering = {user.id for user in consultation_type.caregivers} & followers
    wanted = {wish.caregiver_id} & offering if wish.caregiver_id is not None else offering
    is_gone = consultation_type.removed_at is not None
    if not wanted or is_gone or consultation_type.bubble_id != enrolment.bubble_id:
        raise NotBookableError
    last = wish.not_after
    if last is not None and last < max(wish.not_before or last, today_at(enrolment)):
        raise WrongWishError
    entry = find_entry(enrolment.id, consultation_type.id)
    if entry is None:
        entry = WaitingListEntry(
            enrolment_id=enrolment.id,
            consultation_type_id=consultation_type.id,
            created_at=clock.now(),
        )
        db.session.add(entry)
    entry.caregiver_id = wish.caregiver_id
    entry.not_before, entry.not_after = wish.not_before, wish.not_after
    entry.asked_by_id = actor.id
    if appointment is not None and appointment.enrolment_id == enrolment.id:
        entry.appointment_id = appointment.id
    db.session.flush()  # its number is in the address of its page
    return entry


@operation(WaitingListPermission.STOP_WAITING)
def leave_waiting_list(_actor: User, entry: WaitingListEntry) -> None:
    """Wait no more; an hour that is kept goes to the next. Twice is once."""
    if entry.ended_at is not None:
        return
    now = clock.now()
    offers = [one for one in list_offers_to(entry.id) if one.answered_at is None]
    lock_agenda(*{one.caregiver_id for one in offers})
    db.session.refresh(entry, ["ended_at"])
    if entry.ended_at is not None:
        return
    entry.ended_at = now
    for offer in offers:
        db.session.refresh(offer, ["answered_at", "answer"])
        if offer.answered_at is None:
            offer.answered_at, offer.answer = now, OfferAnswer.WITHDRAWN
    look_again()


@operation(WaitingListPermission.ANSWER_OFFER)
def refuse_offer(_actor: User, offer: WaitingListOffer) -> None:
    """Let the hour go to the next, and wait on. Twice is once."""
    lock_agenda(offer.caregiver_id)
    db.session.refresh(offer, ["answered_at", "answer"])
    if offer.answered_at is not None:
        return
    offer.answered_at, offer.answer = clock.now(), OfferAnswer.REFUSED
    look_again()


@operation(WaitingListPermission.ANSWER_OFFER)
def take_offer(actor: User, offer: WaitingListOffer) -> Appointment:
    """Take the hour: the later appointment gives way to it, or a new one is made. Twice is once.

    Raises:
        OfferEndedError: it was refused, or the time to think is over.
        NotBookableError: the caregiver no longer offers it to this patient.
        SlotTakenError: the caregiver is away meanwhile.
    """
    entry = offer.entry
    people = {offer.caregiver_id, actor.id}
    if entry.appointment is not None:
        people.add(entry.appointment.caregiver_id)
    lock_agenda(*people)
    db.session.refresh(offer, ["answered_at", "answer", "expires_at"])
    db.session.refresh(entry, ["ended_at", "appointment_id", "appointment"])
    now = clock.now()
    if offer.answer is OfferAnswer.TAKEN and entry.appointment is not None:
        return entry.appointment
    if offer.answered_at is not None or now >= offer.expires_at or entry.ended_at is not None:
        raise OfferEndedError
    later = entry.appointment
    if later is not None:
        db.session.refresh(later, ["status", "starts_at", "ends_at", "sequence"])
        later = replaced_by(entry, now)
    if later is not None and later.caregiver_id == offer.caregiver_id:
        taken = _move(actor, later, offer)
    else:
        if later is not None:
            _give_way(actor, later)
        taken = _book(actor, offer, later)
    offer.answered_at, offer.answer = now, OfferAnswer.TAKEN
    entry.ended_at, entry.appointment_id = now, taken.id
    look_again()
    return taken


def _move(actor: User, later: Appointment, offer: WaitingListOffer) -> Appointment:
    rules = service_of(later, is_online=True)
    release(rules, offer.starts_at)
    require_free(rules, offer.starts_at, except_id=later.id, for_entry_id=offer.entry_id)
    move(later, rules, offer.starts_at, actor.id)
    tell_of_move(later, actor.id)
    return later


def _book(actor: User, offer: WaitingListOffer, later: Appointment | None) -> Appointment:
    entry = offer.entry
    rules = get_service(entry.enrolment_id, offer.caregiver_id, entry.consultation_type_id)
    release(rules, offer.starts_at)
    require_free(rules, offer.starts_at, for_entry_id=entry.id)
    is_known = has_been_seen(entry.enrolment.patient_id, offer.caregiver_id)
    made = add_appointment(
        rules,
        offer.starts_at,
        status=AppointmentStatus.CONFIRMED,
        confirmed_at=clock.now(),
        booked_by_id=actor.id,
        is_first_visit=False if is_known else None,
    )
    note_change(made, ChangeKind.BOOKED, actor.id)
    touch_agendas([made.agenda_id])
    emails.confirmed(made, actor, instead_of=later)
    emails.booked(made)
    for guardian in others_concerned(made, actor.id) if later is not None else ():
        moves.moved(made, guardian, instead_of=later)
    return made


def _give_way(actor: User, later: Appointment) -> None:
    """The patient has an earlier hour with somebody else: the later one is free."""
    mark_cancelled(later, actor.id)
    note_change(later, ChangeKind.CANCELLED, actor.id)
    withdraw_proposals(later.id)
    touch_agendas([later.agenda_id])
    emails.cancelled_for_caregiver(later)
