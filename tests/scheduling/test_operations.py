"""Holding, confirming, giving up, cancelling: through the door, on real databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bubbles.operations.members import remove_member
from bubbles.queries import get_membership
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from patient.operations.places import end_enrolment, set_followers
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import Agenda
from scheduling.agendas.operations.types import remove_type
from scheduling.agendas.queries.bookable import get_service
from scheduling.appointments.errors import (
    NotOfferedError,
    SlotTakenError,
    TooFarError,
    TooLateToCancelError,
    TooSoonError,
)
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changing import cancel_appointment
from scheduling.appointments.queries.appointments import (
    get_hold_of,
    list_appointments_of,
    list_day_for,
)
from scheduling.appointments.queries.free import list_free_slots
from scheduling.appointments.queries.locks import overlap_guard_exists
from scheduling.appointments.vocabulary import AppointmentList, AppointmentStatus
from scheduling.booking.errors import HoldEndedError, HoldExtendedError
from scheduling.booking.operations.holding import confirm_appointment, extend_hold, give_up_hold
from tests import factories as make

TUESDAY = "2026-11-24"


@pytest.fixture
def second_patient(cast):
    """Paul, who has an account, and whom Bob follows too."""
    with transaction():
        paul = make.user("paul", "Paul Estève")
        person = make.patient("Paul", "Estève", account=paul)
        place = make.enrolment(person, cast.bubble, followers=[cast.bob])
    return paul, place


def free(cast, for_user=None):
    service = get_service(cast.enrolment.id, cast.bob.id, cast.type.id)
    from core import clock

    held = get_hold_of(for_user) if for_user else None
    return list_free_slots(service, service.window(clock.now()), but=[held.id] if held else [])


@pytest.mark.both_databases
def test_the_migrated_database_refuses_overlaps_by_itself(app, database):
    assert overlap_guard_exists()


@pytest.mark.covers("D147")
@pytest.mark.both_databases
def test_a_hold_lasts_fifteen_minutes_and_the_caregiver_never_sees_it(
    cast, hold, at, travel_to, database
):
    held = hold(f"{TUESDAY} 09:00")
    assert held.status is AppointmentStatus.HELD
    assert get_hold_of(cast.jeanne).id == held.id
    assert list_day_for(cast.bob, at(TUESDAY + " 09:00").date()) == []
    assert at(f"{TUESDAY} 09:00") not in free(cast)
    assert at(f"{TUESDAY} 09:00") in free(cast, for_user=cast.jeanne)
    travel_to(timedelta(minutes=15))
    assert get_hold_of(cast.jeanne) is None
    assert at(f"{TUESDAY} 09:00") in free(cast)


def test_a_person_holds_one_hour_at_a_time(cast, hold, reload):
    first = hold(f"{TUESDAY} 09:00")
    second = hold(f"{TUESDAY} 10:00")
    assert reload(first).status is AppointmentStatus.CANCELLED
    assert get_hold_of(cast.jeanne).id == second.id
    third = hold(f"{TUESDAY} 10:00")  # one's own hour is free for oneself
    assert get_hold_of(cast.jeanne).id == third.id


def test_a_failed_hold_leaves_the_earlier_one(cast, hold, book, second_patient):
    paul, place = second_patient
    book(f"{TUESDAY} 09:00", actor=paul, enrolment=place)
    kept = hold(f"{TUESDAY} 10:00")
    with pytest.raises(SlotTakenError):
        hold(f"{TUESDAY} 09:00")
    assert get_hold_of(cast.jeanne).id == kept.id


@pytest.mark.both_databases
def test_confirming_twice_is_confirming_once(
    cast, read_by_a_program, hold, outbox, reload, database
):
    held = hold(f"{TUESDAY} 09:00")
    confirm_appointment(cast.jeanne, held)
    confirm_appointment(cast.jeanne, held)
    assert reload(held).status is AppointmentStatus.BOOKED
    assert len(outbox.mails(to=cast.jeanne)) == 1
    assert len(outbox.mails(to=cast.bob)) == 1
    assert db.session.get(Agenda, cast.agenda.id).version == 1


@pytest.mark.both_databases
def test_a_hold_that_is_over_can_be_confirmed_while_nobody_took_it(
    cast, hold, reload, travel_to, database
):
    held = hold(f"{TUESDAY} 09:00")
    travel_to(timedelta(minutes=20))
    confirm_appointment(cast.jeanne, held)
    assert reload(held).status is AppointmentStatus.BOOKED


@pytest.mark.covers("U7")
@pytest.mark.both_databases
def test_a_hold_that_is_over_goes_to_the_next_who_asks(
    cast, hold, second_patient, reload, travel_to, database
):
    paul, place = second_patient
    held = hold(f"{TUESDAY} 09:00")
    with pytest.raises(SlotTakenError):
        hold(f"{TUESDAY} 09:00", actor=paul, enrolment=place)
    travel_to(timedelta(minutes=15))
    other = hold(f"{TUESDAY} 09:00", actor=paul, enrolment=place)
    with pytest.raises(HoldEndedError):
        confirm_appointment(cast.jeanne, held)
    confirm_appointment(paul, other)
    assert reload(held).status is AppointmentStatus.CANCELLED


def test_more_time_is_given_once(cast, hold, travel_to):
    held = hold(f"{TUESDAY} 09:00")
    travel_to(timedelta(minutes=10))
    extend_hold(cast.jeanne, held)
    travel_to(timedelta(minutes=15))
    assert get_hold_of(cast.jeanne).id == held.id
    with pytest.raises(HoldExtendedError):
        extend_hold(cast.jeanne, held)


def test_giving_up_frees_the_hour_and_tells_nobody(cast, hold, at, outbox):
    held = hold(f"{TUESDAY} 09:00")
    give_up_hold(cast.jeanne, held)
    give_up_hold(cast.jeanne, held)
    assert at(f"{TUESDAY} 09:00") in free(cast)
    assert outbox.mails() == []
    assert list_appointments_of(cast.jeanne, AppointmentList.CANCELLED) == []
    with pytest.raises(HoldEndedError):
        confirm_appointment(cast.jeanne, held)


def test_a_booked_appointment_is_not_given_up_but_cancelled(cast, book):
    with pytest.raises(HoldEndedError):
        give_up_hold(cast.jeanne, book(f"{TUESDAY} 09:00"))


@pytest.mark.covers("D151", "M3", "U16")
@pytest.mark.both_databases
def test_cancelling_frees_the_hour_at_once_and_tells_the_other_side(
    cast, read_by_a_program, book, at, outbox, reload, database
):
    booked = book(f"{TUESDAY} 09:00")
    outbox.deliver()
    cancel_appointment(cast.jeanne, booked)
    cancel_appointment(cast.jeanne, booked)
    assert at(f"{TUESDAY} 09:00") in free(cast)
    assert [mail.subject for mail in outbox.mails(to=cast.bob)] == [
        "Un rendez-vous a été pris",
        "Un rendez-vous a été annulé",
    ]
    confirmed, cancelled = outbox.mails(to=cast.jeanne)
    assert "METHOD:REQUEST" in confirmed.calendar
    assert "METHOD:CANCEL" in cancelled.calendar, "their calendar follows, whoever cancelled"
    assert reload(booked).sequence == 1
    assert db.session.get(Agenda, cast.agenda.id).version == 2
    again = book(f"{TUESDAY} 09:00")
    assert again.uid != booked.uid


def test_the_caregiver_cancels_and_the_patient_is_told(cast, book, outbox):
    cancel_appointment(cast.bob, book(f"{TUESDAY} 09:00"))
    mail = outbox.one(to=cast.jeanne)
    subject = mail.subject.replace("\u00a0", " ")
    assert subject == "Votre rendez-vous du mardi 24 novembre à 9 h est annulé"
    assert "Suivi" not in mail.text


def test_what_has_begun_is_cancelled_by_phone(cast, book, travel_to):
    booked = book(f"{TUESDAY} 09:00")
    travel_to(f"{TUESDAY} 09:00 Europe/Paris")
    with pytest.raises(TooLateToCancelError) as refusal:
        cancel_appointment(cast.jeanne, booked)
    assert "+33536495678" in str(refusal.value.message)


def test_the_rules_of_the_agenda_refuse_with_their_reason(cast, hold):
    with pytest.raises(TooSoonError):
        hold("2026-11-23 08:30")  # an hour's notice, and it is eight
    with pytest.raises(TooFarError):
        hold("2027-03-01 09:00")
    for hour in ("08:30", "12:00", "11:45", "09:10"):
        with pytest.raises(NotOfferedError):
            hold(f"{TUESDAY} {hour}")
    with pytest.raises(NotOfferedError):
        hold("2026-11-28 09:00")  # Saturday


def test_a_type_binds_its_caregiver_and_its_bubble(cast, hold):
    with pytest.raises(NotBookableError):
        hold(f"{TUESDAY} 09:00", caregiver=cast.chloe)
    remove_type(cast.alice, cast.type)
    with pytest.raises(NotBookableError):
        hold(f"{TUESDAY} 09:00")


def test_the_same_key_holds_once(cast, hold):
    first = hold(f"{TUESDAY} 09:00", key="k" * 30)
    assert hold(f"{TUESDAY} 09:00", key="k" * 30).id == first.id
    count = select(Appointment.id)
    assert len(db.session.scalars(count).all()) == 1


def test_only_who_acts_for_the_patient_books_and_only_who_booked_confirms(cast, hold):
    for stranger in (cast.bob, cast.alice, cast.mallory):
        with pytest.raises(ForbiddenError):
            hold(f"{TUESDAY} 09:00", actor=stranger)
    held = hold(f"{TUESDAY} 09:00")
    for verb in (confirm_appointment, extend_hold, give_up_hold, cancel_appointment):
        for stranger in (cast.bob, cast.alice, cast.mallory):
            with pytest.raises(ForbiddenError):
                verb(stranger, held)


@pytest.mark.both_databases
def test_the_database_has_the_last_word_even_against_our_own_code(cast, at, database):
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, at(f"{TUESDAY} 09:00"))
    with pytest.raises(IntegrityError, match="ex_appointments_overlap"), transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, at(f"{TUESDAY} 09:15"))
    with transaction():  # back to back is no overlap, a cancelled one neither
        make.appointment(cast.agenda, cast.enrolment, cast.type, at(f"{TUESDAY} 09:30"))
        gone = make.appointment(
            cast.agenda,
            cast.enrolment,
            cast.type,
            at(f"{TUESDAY} 09:15"),
            status=AppointmentStatus.CANCELLED,
        )
    with pytest.raises(IntegrityError, match="ex_appointments_overlap"), transaction():
        gone.status = AppointmentStatus.BOOKED
        db.session.flush()  # the update is what is asked about


@pytest.mark.both_databases
def test_who_leaves_the_bubble_leaves_no_appointment_behind(
    cast, book, hold, outbox, reload, second_patient, database
):
    paul, place = second_patient
    first, second = book(f"{TUESDAY} 09:00"), book(f"{TUESDAY} 10:00")
    held = hold(f"{TUESDAY} 11:00", actor=paul, enrolment=place)
    before = len(outbox.mails(to=cast.jeanne))
    membership = get_membership(cast.bob.id, cast.bubble.id)
    remove_member(cast.alice, membership)
    for one in (first, second, held):
        assert reload(one).status is AppointmentStatus.CANCELLED
    told = outbox.mails(to=cast.jeanne)[before:]
    assert [mail.subject for mail in told] == ["Certains de vos rendez-vous sont annulés"]
    assert "9 h" in told[0].text.replace("\u00a0", " ")
    assert outbox.mails(to=paul) == []
    assert db.session.get(Agenda, cast.agenda.id).closed_at is not None


def test_ending_one_assignment_touches_nobody_else(cast, book, reload, second_patient):
    paul, place = second_patient
    hers, his = book(f"{TUESDAY} 09:00"), book(f"{TUESDAY} 10:00", actor=paul, enrolment=place)
    set_followers(cast.alice, cast.enrolment, user_ids=[cast.chloe.id])
    assert reload(hers).status is AppointmentStatus.CANCELLED
    assert reload(his).status is AppointmentStatus.BOOKED


def test_a_patient_who_leaves_the_bubble_has_no_appointment_there(cast, book, reload):
    booked = book(f"{TUESDAY} 09:00")
    end_enrolment(cast.alice, cast.enrolment)
    assert reload(booked).status is AppointmentStatus.CANCELLED


def test_past_appointments_stay_when_somebody_leaves(cast, book, reload, travel_to):
    booked = book(f"{TUESDAY} 09:00")
    travel_to("2026-11-25 09:00 Europe/Paris")
    remove_member(cast.alice, get_membership(cast.bob.id, cast.bubble.id))
    assert reload(booked).status is AppointmentStatus.BOOKED
    assert list_day_for(cast.bob, booked.starts_at.date()) == []  # who left reads nothing more
