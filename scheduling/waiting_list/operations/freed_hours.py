"""Noticing that a caregiver's time came back, for those who wait for an earlier hour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update

from core import clock, outbox
from core.database import db
from scheduling.appointments import lifecycle
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.waiting_list.models import FreedHour, WaitingListEntry, WaitingListOffer
from scheduling.waiting_list.queries import find_offer_for_which, waits_for
from scheduling.waiting_list.vocabulary import OfferAnswer

KIND = "waiting_list"


def note_freed(
    caregiver_id: int, starts_at: datetime, ends_at: datetime, *, hold_id: int | None = None
) -> None:
    """Write down a stretch that came back, in the current transaction, if anybody waits for it."""
    now = clock.now()
    if ends_at <= now or not waits_for(caregiver_id):
        return
    db.session.add(
        FreedHour(
            caregiver_id=caregiver_id,
            starts_at=max(starts_at, now),
            ends_at=ends_at,
            freed_at=now,
            hold_id=hold_id,
        )
    )
    look_again()


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


def look_again() -> None:
    """Have the worker ask whoever is next, as soon as the current transaction is on disk."""
    outbox.enqueue(KIND, {})
