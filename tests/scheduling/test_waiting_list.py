"""The waiting list: freed hours go to one person at a time, in order of arrival, for a while."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.database import db
from core.transaction import transaction
from scheduling.appointments.errors import SlotTakenError
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.booking.operations.holding import hold_slot
from scheduling.waiting_list.errors import OfferEndedError
from scheduling.waiting_list.models import FreedHour, WaitingListEntry
from scheduling.waiting_list.operations.entries import (
    Wish,
    join_waiting_list,
    refuse_offer,
    take_offer,
)
from scheduling.waiting_list.queries import place_of
from scheduling.waiting_list.vocabulary import OfferAnswer
from tests import factories as make
from tests.scheduling.waiting_steps import FRIDAY, TUESDAY, free_at, look, offers

# ── The straight line ─────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
@pytest.mark.covers("U14")
def test_a_cancelled_hour_is_offered_and_taken(
    cast, taken, jeannes, at, outbox, database, reload, sign_in, page
):
    booked, entry = jeannes
    ada, hers = taken
    cancel_appointment(ada, hers)
    outbox.deliver()  # the worker looks at once
    offer = offers()[0]
    assert offer.starts_at == at(f"{TUESDAY} 10:00")
    assert offer.expires_at == at("2026-11-23 10:00")
    assert not free_at(cast, at(f"{TUESDAY} 10:00"))  # kept for her
    mail = outbox.one(to=cast.jeanne)
    assert "Une heure s’est libérée plus tôt" in mail.subject
    assert "Suivi" not in mail.text + mail.html
    jeanne = sign_in(cast.jeanne)
    link = mail.link("/rendez-vous/heures-proposees/")
    shown = page(jeanne.get(link))
    assert "Mardi 24 novembre" in shown.text
    assert "Elle remplace votre rendez-vous du vendredi 27 novembre à 10 h" in shown.text
    assert offers()[0].answered_at is None  # looking takes nothing
    done = jeanne.post(link, data={"reponse": "oui"}, follow_redirects=True)
    assert "Félicitations" in page(done).text
    moved = reload(booked)
    assert (moved.starts_at, moved.status) == (at(f"{TUESDAY} 10:00"), "booked")
    assert offers()[0].answer is OfferAnswer.TAKEN
    assert db.session.get(WaitingListEntry, entry.id).ended_at is not None
    assert "déplacé" in outbox.one(to=cast.bob).subject
    again = jeanne.post(link, data={"reponse": "oui"})
    assert again.status_code == 302  # twice is once


@pytest.mark.both_databases
def test_without_an_appointment_one_is_made(cast, taken, wait, at, outbox, database):
    wait(cast.jeanne, cast.enrolment)
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    made = take_offer(cast.jeanne, offers()[0])
    assert (made.starts_at, made.status) == (
        at(f"{TUESDAY} 10:00"),
        AppointmentStatus.BOOKED,
    )
    assert "/r/" in outbox.one(to=cast.jeanne).text


# ── One at a time, in order ───────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
@pytest.mark.covers("U14")
def test_refused_and_expired_hours_go_to_the_next_and_then_to_everybody(
    cast, taken, wait, newcomer, at, travel_to, outbox, database
):
    first = wait(cast.jeanne, cast.enrolment)
    travel_to(timedelta(minutes=1))
    paul, pauls = newcomer("Paul")
    second = wait(paul, pauls)
    travel_to(timedelta(minutes=1))
    zoe, zoes = newcomer("Zoé")
    wait(zoe, zoes)
    assert [place_of(one) for one in (first, second)] == [1, 2]
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    look()  # nothing new: one person is asked
    assert [one.entry_id for one in offers()] == [first.id]
    assert len(outbox.mails(to=cast.jeanne)) == 1
    assert outbox.mails(to=paul) == []
    refuse_offer(cast.jeanne, offers()[0])
    look()
    assert [one.entry_id for one in offers()] == [first.id, second.id]
    travel_to(timedelta(hours=2))
    look()
    found = offers()
    assert found[1].answer is OfferAnswer.EXPIRED
    assert len(found) == 3
    with pytest.raises(OfferEndedError):
        take_offer(paul, found[1])
    travel_to(timedelta(hours=2))
    look()
    assert len(offers()) == 3  # nobody is asked twice about one hour
    assert db.session.scalar(select(FreedHour.closed_at)) is not None
    assert free_at(cast, at(f"{TUESDAY} 10:00"))


def test_an_hour_that_is_kept_cannot_be_booked_by_others_until_it_is_over(
    cast, taken, jeannes, newcomer, at, travel_to
):
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    paul, pauls = newcomer("Paul")

    def try_to_book():
        return hold_slot(
            paul,
            pauls,
            consultation_type=cast.type,
            caregiver=cast.bob,
            starts_at=at(f"{TUESDAY} 10:00"),
        )

    with pytest.raises(SlotTakenError):
        try_to_book()
    travel_to(timedelta(hours=2))
    assert try_to_book().status is AppointmentStatus.HELD  # judged when read: no worker was needed
    with pytest.raises(OfferEndedError):
        take_offer(cast.jeanne, offers()[0])


def test_who_joins_later_is_not_asked_about_what_was_free_before(cast, taken, wait, travel_to):
    ada, hers = taken
    wait(*_nobody(cast))
    cancel_appointment(ada, hers)
    travel_to(timedelta(minutes=1))
    wait(cast.jeanne, cast.enrolment)
    look()
    assert [one.entry.enrolment_id for one in offers()] != [cast.enrolment.id]


def _nobody(cast):
    with transaction():
        user = make.user()
        place = make.enrolment(
            make.patient("Nour", "Belkacem", account=user), cast.bubble, followers=[cast.bob]
        )
    return user, place


# ── What is wanted ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wish", "is_asked"),
    [
        ({"not_before": date(2026, 11, 25)}, False),
        ({"not_before": date(2026, 11, 24)}, True),
        ({"not_after": date(2026, 11, 23)}, False),
        ({"not_after": date(2026, 11, 24)}, True),
    ],
)
def test_only_the_wanted_days_are_offered(cast, taken, wait, wish, is_asked):
    wait(cast.jeanne, cast.enrolment, **wish)
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    assert bool(offers()) is is_asked


def test_a_later_hour_is_not_offered(cast, at, book, wait, newcomer):
    booked = book("2026-11-23 11:00")
    wait(cast.jeanne, cast.enrolment, appointment=booked)
    ada, place = newcomer("Ada")
    with transaction():
        hers = make.appointment(
            cast.agenda, place, cast.type, at(f"{TUESDAY} 10:00"), confirmed_at=datetime.now(UTC)
        )
    cancel_appointment(ada, hers)
    look()
    assert offers() == []


def test_moving_an_appointment_frees_its_old_hour(cast, taken, jeannes, at):
    ada, hers = taken
    move_appointment(ada, hers, starts_at=at(f"{TUESDAY} 16:00"))
    look()
    assert [one.starts_at for one in offers()] == [at(f"{TUESDAY} 10:00")]


def test_a_hold_that_runs_out_frees_its_hour_once(cast, jeannes, newcomer, at, travel_to):
    paul, pauls = newcomer("Paul")
    hold_slot(
        paul,
        pauls,
        consultation_type=cast.type,
        caregiver=cast.bob,
        starts_at=at(f"{TUESDAY} 10:00"),
    )
    look()
    assert offers() == []
    travel_to(timedelta(minutes=15))
    look()
    assert [one.starts_at for one in offers()] == [at(f"{TUESDAY} 10:00")]
    refuse_offer(cast.jeanne, offers()[0])
    look()
    assert len(offers()) == 1


def test_an_absence_that_is_taken_back_frees_its_hours(cast, jeannes, at):
    from scheduling.agendas.operations.absences import add_absence, remove_absence
    from scheduling.agendas.vocabulary import AbsenceKind

    absence = add_absence(
        cast.bob,
        cast.bob,
        kind=AbsenceKind.ABSENCE,
        stretches=[(at(f"{TUESDAY} 08:00"), at(f"{TUESDAY} 20:00"))],
    )[0]
    look()
    assert offers() == []
    remove_absence(cast.bob, absence)
    look()
    assert [one.starts_at for one in offers()] == [at(f"{TUESDAY} 09:00")]


def test_another_caregiver_of_the_team_may_have_the_earlier_hour(cast, book, at, reload, outbox):
    with transaction():
        both = make.consultation_type(cast.bubble, "Bilan", caregivers=[cast.bob, cast.chloe])
        from patient.models import CareAssignment

        make._add(
            CareAssignment(
                enrolment_id=cast.enrolment.id, user_id=cast.chloe.id, since=datetime.now(UTC)
            )
        )
        from datetime import time

        from scheduling.agendas.models import Agenda

        agenda = db.session.scalar(select(Agenda).where(Agenda.user_id == cast.chloe.id))
        make.hours(agenda, 1, time(9), time(12))
        mine = make.appointment(
            cast.agenda, cast.enrolment, both, at(f"{FRIDAY} 10:00"), confirmed_at=datetime.now(UTC)
        )
        other = make.enrolment(make.patient("Ada", "Estève"), cast.bubble, followers=[cast.chloe])
        hers = make.appointment(
            agenda, other, both, at(f"{TUESDAY} 10:00"), confirmed_at=datetime.now(UTC)
        )
    join_waiting_list(
        cast.jeanne, cast.enrolment, consultation_type=both, wish=Wish(), appointment=mine
    )
    cancel_appointment(cast.chloe, hers)
    look()
    taken = take_offer(cast.jeanne, offers()[0])
    assert taken.caregiver_id == cast.chloe.id
    assert reload(mine).status is AppointmentStatus.CANCELLED
    assert "annulé" in outbox.one(to=cast.bob).subject


def test_a_wish_ends_with_what_it_was_about(cast, jeannes, reload):
    booked, entry = jeannes
    cancel_appointment(cast.jeanne, booked)
    look()
    db.session.expire_all()
    assert db.session.get(WaitingListEntry, entry.id).ended_at is not None


def test_who_lost_their_appointment_waits_on(cast, jeannes):
    booked, entry = jeannes
    cancel_appointment(cast.bob, booked)
    look()
    db.session.expire_all()
    assert db.session.get(WaitingListEntry, entry.id).ended_at is None


def test_inside_the_limit_nobody_is_asked(cast, taken, jeannes):
    with transaction():
        cast.type.cancellation_notice_minutes = 5 * 24 * 60
        db.session.add(cast.type)
    _ada, hers = taken
    cancel_appointment(cast.bob, hers)
    look()
    assert offers() == []
