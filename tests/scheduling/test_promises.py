"""Promises that cross: a hold, a proposal, a waiting offer, a move; none breaks another."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.database import db
from core.transaction import transaction
from patient.models import CareAssignment, Guardianship
from patient.vocabulary import GuardianKind
from scheduling.agendas.models import Agenda
from scheduling.agendas.operations.absences import add_absence
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.appointments.errors import NotStandingError
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.booking_for import book_for
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.booking.errors import HoldEndedError
from scheduling.booking.operations.holding import confirm_appointment, extend_hold, hold_slot
from scheduling.replanning.models import HourProposal
from scheduling.replanning.operations import hand_over, propose_hour
from scheduling.waiting_list.models import WaitingListEntry
from scheduling.waiting_list.operations.entries import (
    Wish,
    join_waiting_list,
    leave_waiting_list,
    take_offer,
)
from tests import factories as make
from tests.scheduling.waiting_steps import FRIDAY, TUESDAY, free_at, look, offers

pytestmark = pytest.mark.both_databases


def standing(enrolment) -> list[Appointment]:
    db.session.rollback()
    db.session.expire_all()
    query = select(Appointment).where(
        Appointment.enrolment_id == enrolment.id, Appointment.status == AppointmentStatus.BOOKED
    )
    return list(db.session.scalars(query.order_by(Appointment.starts_at)))


def lasting(minutes: int, cast) -> None:
    with transaction():
        cast.type.buffer_after_minutes = minutes
        db.session.add(cast.type)


@pytest.fixture
def colleague(cast):
    """Chloé gives the same consultation on Tuesday mornings, and follows Jeanne too."""
    with transaction():
        cast.type.caregivers = [cast.bob, cast.chloe]
        agenda = db.session.scalar(select(Agenda).where(Agenda.user_id == cast.chloe.id))
        make.hours(agenda, 1, time(9), time(12))
        db.session.add(
            CareAssignment(enrolment_id=cast.enrolment.id, user_id=cast.chloe.id, since=clock.now())
        )
    return agenda


@pytest.fixture
def daughter(cast):
    """Somebody else acts for Jeanne too."""
    with transaction():
        user = make.user("lea", "Léa Martin")
        db.session.add(
            Guardianship(
                user_id=user.id, patient_id=cast.enrolment.patient_id, kind=GuardianKind.RELATIVE
            )
        )
    return user


# ── A hold that is over ───────────────────────────────────────────────────────────────────────


def test_an_hour_offered_to_the_next_is_not_confirmed_by_who_let_it_go(
    cast, jeannes, newcomer, at, travel_to, database
):
    paul, pauls = newcomer("Paul")
    held = hold_slot(
        paul,
        pauls,
        consultation_type=cast.type,
        caregiver=cast.bob,
        starts_at=at(f"{TUESDAY} 10:00"),
    )
    travel_to(timedelta(minutes=15))
    look()
    with pytest.raises(HoldEndedError):
        confirm_appointment(paul, held)
    with pytest.raises(HoldEndedError):
        extend_hold(paul, held)
    assert take_offer(cast.jeanne, offers()[0]).starts_at == at(f"{TUESDAY} 10:00")


def test_a_hold_that_is_over_is_judged_again(cast, hold, at, travel_to, database):
    held = hold(f"{TUESDAY} 10:00")
    travel_to(timedelta(minutes=16))
    add_absence(
        cast.bob,
        cast.bob,
        kind=AbsenceKind.ABSENCE,
        stretches=[(at(f"{TUESDAY} 08:00"), at(f"{TUESDAY} 20:00"))],
    )
    with pytest.raises(HoldEndedError):
        confirm_appointment(cast.jeanne, held)


def test_a_hold_that_is_over_leaves_its_neighbour_its_time(
    cast, hold, newcomer, at, travel_to, database
):
    lasting(30, cast)
    held = hold(f"{TUESDAY} 10:00")
    travel_to(timedelta(minutes=16))
    paul, pauls = newcomer("Paul")
    theirs = hold_slot(
        paul,
        pauls,
        consultation_type=cast.type,
        caregiver=cast.bob,
        starts_at=at(f"{TUESDAY} 09:30"),
    )
    confirm_appointment(paul, theirs)
    with pytest.raises(HoldEndedError):
        confirm_appointment(cast.jeanne, held)


def test_a_hold_that_is_over_and_free_still_is_confirmed(cast, hold, travel_to, reload, database):
    held = hold("2026-11-23 10:00")
    travel_to(timedelta(hours=1, minutes=30))  # nearer than the notice by now
    confirm_appointment(cast.jeanne, held)
    assert reload(held).status is AppointmentStatus.BOOKED


# ── Who waits, and has an hour meanwhile ──────────────────────────────────────────────────────


def _free(cast, taken) -> None:
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()


def test_who_was_booked_by_their_caregiver_gets_no_second_hour(cast, taken, wait, at, database):
    wait(cast.jeanne, cast.enrolment)
    book_for(
        cast.bob,
        cast.enrolment,
        consultation_type=cast.type,
        hours=[at("2026-11-23 16:00")],
    )
    _free(cast, taken)
    assert offers() == []
    assert len(standing(cast.enrolment)) == 1


def test_who_booked_again_after_losing_theirs_keeps_one(cast, taken, jeannes, book, database):
    booked, _entry = jeannes
    cancel_appointment(cast.bob, booked)
    book("2026-11-23 16:00")
    _free(cast, taken)
    assert offers() == []


def test_who_was_given_a_colleague_keeps_one(cast, jeannes, colleague, taken, at, database):
    booked, entry = jeannes
    made = hand_over(cast.bob, booked, colleague=cast.chloe, starts_at=at(f"{TUESDAY} 09:00"))
    made_id, entry_id = made.id, entry.id
    _free(cast, taken)
    assert offers() == []
    db.session.expire_all()
    assert db.session.get(WaitingListEntry, entry_id).appointment_id == made_id


def test_who_waits_no_more_keeps_no_hour_from_others(cast, taken, wait, at, database):
    entry = wait(cast.jeanne, cast.enrolment)
    _free(cast, taken)
    assert not free_at(cast, at(f"{TUESDAY} 10:00"))
    leave_waiting_list(cast.jeanne, entry)
    assert free_at(cast, at(f"{TUESDAY} 10:00"))


def test_a_wish_that_is_over_keeps_no_hour_from_others(cast, taken, jeannes, at, database):
    booked, _entry = jeannes
    _free(cast, taken)
    assert not free_at(cast, at(f"{TUESDAY} 10:00"))
    cancel_appointment(cast.jeanne, booked)
    look()
    assert free_at(cast, at(f"{TUESDAY} 10:00"))


def test_an_hour_with_another_frees_everything_of_the_later_one(
    cast, colleague, book, daughter, newcomer, at, outbox, hold, database
):
    later = book(f"{FRIDAY} 10:00")
    proposal = propose_hour(cast.bob, later, starts_at=at(f"{FRIDAY} 11:00"))
    proposal_id, later_uid = proposal.id, later.uid
    _ada, place = newcomer("Ada")
    with transaction():
        db.session.add(
            CareAssignment(enrolment_id=place.id, user_id=cast.chloe.id, since=clock.now())
        )
        hers = make.appointment(
            colleague, place, cast.type, at(f"{TUESDAY} 10:00"), confirmed_at=datetime.now(UTC)
        )
    join_waiting_list(
        cast.jeanne, cast.enrolment, consultation_type=cast.type, wish=Wish(), appointment=later
    )
    cancel_appointment(cast.chloe, hers)
    look()
    [offer] = offers()
    take_offer(cast.jeanne, offer)
    assert [one.starts_at for one in standing(cast.enrolment)] == [at(f"{TUESDAY} 10:00")]
    assert db.session.get(HourProposal, proposal_id).answered_at is not None
    assert free_at(cast, at(f"{FRIDAY} 11:00"))
    outbox.deliver()
    for reader in (cast.jeanne, daughter):
        files = "".join(mail.calendar or "" for mail in outbox.mails(to=reader))
        ended = [part for part in files.split("BEGIN:VCALENDAR") if "METHOD:CANCEL" in part]
        assert any(later_uid in part.replace("\r\n ", "") for part in ended), reader.email


# ── A colleague takes over ────────────────────────────────────────────────────────────────────


def test_the_old_hour_leaves_the_patients_calendar(cast, book, colleague, at, outbox, database):
    old = book(f"{TUESDAY} 09:00")
    old_uid = old.uid
    hand_over(cast.bob, old, colleague=cast.chloe, starts_at=at(f"{TUESDAY} 10:00"))
    outbox.deliver()
    files = "".join(mail.calendar or "" for mail in outbox.mails(to=cast.jeanne))
    ended = [part for part in files.split("BEGIN:VCALENDAR") if "METHOD:CANCEL" in part]
    assert any(old_uid in part.replace("\r\n ", "") for part in ended)


def test_what_patients_cannot_book_is_handed_over_all_the_same(
    cast, book, colleague, at, reload, database
):
    old = book(f"{TUESDAY} 09:00")
    with transaction():
        cast.type.is_bookable = False
        db.session.add(cast.type)
    made = hand_over(cast.bob, old, colleague=cast.chloe, starts_at=at(f"{TUESDAY} 10:00"))
    assert reload(made).caregiver_id == cast.chloe.id


# ── A proposed hour ───────────────────────────────────────────────────────────────────────────


def test_the_same_answer_twice_is_once(cast, book, at, reload, sign_in, page, database):
    old = book(f"{TUESDAY} 09:00")
    proposal = propose_hour(cast.bob, old, starts_at=at(f"{FRIDAY} 09:00"))
    number = proposal.id
    jeanne = sign_in(cast.jeanne)
    path = f"/rendez-vous/propositions/{number}"
    for _time in range(2):
        answer = jeanne.post(path, data={"reponse": "oui"}, follow_redirects=True)
        assert "reste comme il est" not in page(answer).text
    moved = reload(old)
    assert (moved.starts_at, moved.sequence) == (at(f"{FRIDAY} 09:00"), 1)


def test_the_hour_kept_for_a_proposal_is_nobodys_to_cancel(cast, book, at, reload, database):
    old = book(f"{TUESDAY} 09:00")
    proposal = propose_hour(cast.bob, old, starts_at=at(f"{FRIDAY} 09:00"))
    kept = db.session.get(Appointment, proposal.hold_id)
    with pytest.raises(NotStandingError):
        cancel_appointment(cast.jeanne, kept)
    assert reload(kept).status is AppointmentStatus.HELD


def test_a_caregiver_moves_to_the_hour_that_they_proposed(cast, book, at, reload, database):
    old = book(f"{TUESDAY} 09:00")
    propose_hour(cast.bob, old, starts_at=at(f"{FRIDAY} 09:00"))
    move_appointment(cast.bob, old, starts_at=at(f"{FRIDAY} 09:00"))
    assert reload(old).starts_at == at(f"{FRIDAY} 09:00")
