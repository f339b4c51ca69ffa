"""Waiting for an earlier hour: joining, leaving, taking or refusing the hour that is offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select, update

from core import clock
from core.authorization import Wait, operation
from core.database import db
from patient.models import Enrolment
from patient.queries.places import list_followers, lock_enrolment
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import ConsultationType
from scheduling.agendas.queries.bookable import get_service
from scheduling.agendas.queries.locks import lock_agendas
from scheduling.appointments import lifecycle
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.appointments import list_kept_for
from scheduling.appointments.queries.meetings import has_been_seen
from scheduling.appointments.rules import require_free, service_of
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.waiting_list.errors import OfferEndedError, WrongWishError
from scheduling.waiting_list.models import WaitingListEntry, WaitingListOffer
from scheduling.waiting_list.operations.freed_hours import look_again
from scheduling.waiting_list.operations.offers import end_offer
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


def wait_from(appointment_id: int, enrolment_id: int, type_id: int) -> None:
    """Whoever waited without an appointment has one now: only an earlier hour is wanted still.

    So has who had lost theirs.
    """
    lost = select(Appointment.id).where(
        Appointment.enrolment_id == enrolment_id,
        Appointment.status == AppointmentStatus.CANCELLED,
    )
    db.session.execute(
        update(WaitingListEntry)
        .where(
            WaitingListEntry.enrolment_id == enrolment_id,
            WaitingListEntry.consultation_type_id == type_id,
            WaitingListEntry.ended_at.is_(None),
            or_(
                WaitingListEntry.appointment_id.is_(None),
                WaitingListEntry.appointment_id.in_(lost),
            ),
        )
        .values(appointment_id=appointment_id)
        .execution_options(synchronize_session=False)  # nobody goes on with these rows
    )


def _agendas_of_offers(actor: User, entry: WaitingListEntry, **_asked: object) -> Wait:
    def wait() -> bool:
        open_offers = (offer for offer in list_offers_to(entry.id) if offer.answered_at is None)
        return lock_agendas([offer.caregiver_id for offer in open_offers])

    return wait


def _agendas_of_offer(actor: User, offer: WaitingListOffer, **_asked: object) -> Wait:
    """Lock the offered time, that of the appointment which would give way, and who answers."""

    def wait() -> bool:
        later = offer.entry.appointment
        return lock_agendas((offer.caregiver_id, actor.id, later.caregiver_id if later else None))

    return wait


@operation(WaitingListPermission.STOP_WAITING, lock=_agendas_of_offers)
def leave_waiting_list(_actor: User, entry: WaitingListEntry) -> None:
    """Wait no more; an hour that is kept goes to the next. Idempotent."""
    if entry.ended_at is not None:
        return
    entry.ended_at = clock.now()
    for offer in list_offers_to(entry.id):
        if offer.answered_at is None:
            end_offer(offer, OfferAnswer.WITHDRAWN)
    look_again()


@operation(WaitingListPermission.ANSWER_OFFER, lock=_agendas_of_offer)
def refuse_offer(_actor: User, offer: WaitingListOffer) -> None:
    """Let the hour go to the next, and wait on. Idempotent."""
    if offer.answered_at is None:
        end_offer(offer, OfferAnswer.REFUSED)
        look_again()


@operation(WaitingListPermission.ANSWER_OFFER, lock=_agendas_of_offer)
def take_offer(actor: User, offer: WaitingListOffer) -> Appointment:
    """Take the hour: the later appointment gives way to it, or a new one is made. Idempotent.

    Raises:
        OfferEndedError: it was refused, or the time to think is over.
        NotBookableError: the caregiver no longer offers it to this patient.
        SlotTakenError: the caregiver is away meanwhile.
    """
    entry, now = offer.entry, clock.now()
    if offer.answer is OfferAnswer.TAKEN and entry.appointment is not None:
        return entry.appointment
    if offer.answered_at is not None or now >= offer.expires_at or entry.ended_at is not None:
        raise OfferEndedError
    later = replaced_by(entry, now)
    with lifecycle.one_fact():
        if later is not None and later.caregiver_id == offer.caregiver_id:
            taken = _move(actor, later, offer)
        else:
            taken = _book(actor, offer, later)
    end_offer(offer, OfferAnswer.TAKEN)
    entry.ended_at, entry.appointment_id = now, taken.id
    look_again()
    return taken


def _move(actor: User, later: Appointment, offer: WaitingListOffer) -> Appointment:
    service = service_of(later, is_online=True)
    require_free(service, offer.starts_at, but=[later.id, *_hold_of(offer)])
    lifecycle.cancel(list_kept_for(later.id), by=None)
    end_offer(offer, OfferAnswer.TAKEN)
    lifecycle.give_up_run_out([offer.caregiver_id], service.period_at(offer.starts_at))
    lifecycle.move(later, service, offer.starts_at, by=actor.id)
    return later


def _book(actor: User, offer: WaitingListOffer, later: Appointment | None) -> Appointment:
    entry = offer.entry
    service = get_service(entry.enrolment_id, offer.caregiver_id, entry.consultation_type_id)
    require_free(service, offer.starts_at, but=_hold_of(offer))
    if later is not None:
        lifecycle.cancel(list_kept_for(later.id), by=None)
    held = offer.hold
    if held is None or held.status is not AppointmentStatus.HELD:
        raise OfferEndedError
    held.booked_by_id = actor.id
    is_known = has_been_seen(entry.enrolment.patient_id, offer.caregiver_id)
    held.is_first_visit = False if is_known else None
    lifecycle.book([held], by=actor.id, replaces=later)
    return held


def _hold_of(offer: WaitingListOffer) -> list[int]:
    return [] if offer.hold_id is None else [offer.hold_id]
