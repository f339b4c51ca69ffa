"""The waiting list: freed hours go to one person at a time, in order of arrival, for a while."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.authorization import System
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from scheduling.errors import (
    NotBookableError,
    OfferEndedError,
    SlotTakenError,
    WrongWishError,
)
from scheduling.models import FreedHour, WaitingListEntry, WaitingListOffer
from scheduling.operations.appointments import (
    cancel_appointment,
    hold_slot,
    move_appointment,
)
from scheduling.operations.waiting import (
    Wish,
    join_waiting_list,
    leave_waiting_list,
    refuse_offer,
    take_offer,
)
from scheduling.operations.waiting_offers import ask_everybody
from scheduling.queries.free import list_free_slots
from scheduling.queries.offers import get_offer
from scheduling.queries.waiting import answer_until, place_of
from scheduling.vocabulary import AppointmentStatus, OfferAnswer
from tests import factories as make

TUESDAY, FRIDAY = "2026-11-24", "2026-11-27"


@pytest.fixture
def person(cast):
    """``person("Paul")``: somebody else whom Bob follows: their account and their place."""

    def person(name: str):
        with transaction():
            user = make.user(name.lower(), f"{name} Estève")
            place = make.enrolment(
                make.patient(name, "Estève", account=user), cast.bubble, followers=[cast.bob]
            )
        return user, place

    return person


@pytest.fixture
def taken(cast, at, person):
    """Tuesday at ten, which somebody else has; it is freed in most tests."""
    user, place = person("Ada")
    with transaction():
        made = make.appointment(
            cast.agenda, place, cast.type, at(f"{TUESDAY} 10:00"), confirmed_at=datetime.now(UTC)
        )
    return user, made


@pytest.fixture
def wait(cast):
    def wait(user, place, *, appointment=None, **wish):
        return join_waiting_list(
            user,
            place,
            consultation_type=cast.type,
            wish=Wish(caregiver_id=cast.bob.id, **wish),
            appointment=appointment,
        )

    return wait


@pytest.fixture
def jeannes(cast, book, wait):
    """Jeanne has Friday at ten, and would like it earlier."""
    booked = book(f"{FRIDAY} 10:00")
    return booked, wait(cast.jeanne, cast.enrolment, appointment=booked)


def look() -> None:
    ask_everybody(0, {})


def offers() -> list[WaitingListOffer]:
    db.session.expire_all()
    return list(db.session.scalars(select(WaitingListOffer).order_by(WaitingListOffer.id)))


def free_at(cast, instant) -> bool:
    offer = get_offer(cast.enrolment.id, cast.bob.id, cast.type.id)
    from core import clock

    return instant in list_free_slots(offer, offer.window(clock.now()))


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
    assert (moved.starts_at, moved.status) == (at(f"{TUESDAY} 10:00"), "confirmed")
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
        AppointmentStatus.CONFIRMED,
    )
    assert "/r/" in outbox.one(to=cast.jeanne).text


# ── One at a time, in order ───────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
@pytest.mark.covers("U14")
def test_refused_and_expired_hours_go_to_the_next_and_then_to_everybody(
    cast, taken, wait, person, at, travel_to, outbox, database
):
    first = wait(cast.jeanne, cast.enrolment)
    travel_to(timedelta(minutes=1))
    paul, pauls = person("Paul")
    second = wait(paul, pauls)
    travel_to(timedelta(minutes=1))
    zoe, zoes = person("Zoé")
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
    cast, taken, jeannes, person, at, travel_to
):
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    paul, pauls = person("Paul")

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


def test_a_later_hour_is_not_offered(cast, at, book, wait, person):
    booked = book("2026-11-23 11:00")
    wait(cast.jeanne, cast.enrolment, appointment=booked)
    ada, place = person("Ada")
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


def test_a_hold_that_runs_out_frees_its_hour_once(cast, jeannes, person, at, travel_to):
    paul, pauls = person("Paul")
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
    from scheduling.operations.absences import add_absence, remove_absence
    from scheduling.vocabulary import AbsenceKind

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

        from scheduling.models import Agenda

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


# ── The time to answer ────────────────────────────────────────────────────────────────────────

NOTICE = timedelta(hours=1)


@pytest.mark.parametrize(
    ("now", "hour", "until"),
    [
        ("2026-11-23 10:00", "2026-11-27 10:00", "2026-11-23 12:00"),  # two hours
        ("2026-11-23 10:00", "2026-11-23 13:00", "2026-11-23 11:00"),  # half of what is left
        ("2026-11-23 10:00", "2026-11-23 11:20", None),  # too near: it is for everybody
        ("2026-11-23 20:00", "2026-11-27 10:00", "2026-11-24 09:00"),  # the night does not count
        ("2026-11-23 21:00", "2026-11-27 10:00", None),  # nobody is asked in the night
        ("2026-11-23 07:59", "2026-11-27 10:00", None),
        ("2026-11-23 08:00", "2026-11-27 10:00", "2026-11-23 10:00"),
        ("2026-11-23 20:30", "2026-11-24 09:30", None),  # would end after it can be booked
        ("2026-10-24 20:00", "2026-10-27 10:00", "2026-10-25 09:00"),  # clocks go back that night
    ],
)
def test_how_long_an_hour_is_kept(at, now, hour, until):
    found = answer_until(at(now), at(hour), NOTICE, "Europe/Paris")
    assert found == (at(until) if until else None)


def test_an_hour_freed_in_the_night_is_offered_in_the_morning(cast, taken, jeannes, travel_to, at):
    travel_to("2026-11-23 22:00 Europe/Paris")
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    assert offers() == []
    travel_to(f"{TUESDAY} 07:59 Europe/Paris")
    look()
    assert offers() == []
    travel_to(f"{TUESDAY} 08:00 Europe/Paris")
    look()
    assert offers()[0].expires_at == at(f"{TUESDAY} 08:30")


def test_a_minute_in_which_nothing_changes_leaves_no_trace(cast, taken, jeannes):
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    before = db.session.query(AuditEntry).count()
    db.session.rollback()
    look()
    assert db.session.query(AuditEntry).count() == before


# ── Joining and leaving ───────────────────────────────────────────────────────────────────────


def test_joining_twice_changes_the_wish_and_keeps_the_place(cast, wait, person, travel_to):
    first = wait(cast.jeanne, cast.enrolment)
    travel_to(timedelta(minutes=1))
    paul, pauls = person("Paul")
    wait(paul, pauls)
    travel_to(timedelta(minutes=1))
    again = wait(cast.jeanne, cast.enrolment, not_after=date(2026, 12, 24))
    assert again.id == first.id
    assert place_of(again) == 1
    assert again.not_after == date(2026, 12, 24)


def test_leaving_gives_the_hour_to_the_next(cast, taken, wait, person, travel_to):
    first = wait(cast.jeanne, cast.enrolment)
    travel_to(timedelta(minutes=1))
    paul, pauls = person("Paul")
    second = wait(paul, pauls)
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    leave_waiting_list(cast.jeanne, first)
    look()
    found = offers()
    assert found[0].answer is OfferAnswer.WITHDRAWN
    assert found[1].entry_id == second.id


def test_wishes_that_make_no_sense_are_refused(cast, wait):
    with pytest.raises(WrongWishError):
        wait(
            cast.jeanne,
            cast.enrolment,
            not_before=date(2026, 11, 30),
            not_after=date(2026, 11, 29),
        )
    with pytest.raises(WrongWishError):
        wait(cast.jeanne, cast.enrolment, not_after=date(2026, 11, 22))
    with pytest.raises(NotBookableError):
        join_waiting_list(
            cast.jeanne,
            cast.enrolment,
            consultation_type=cast.type,
            wish=Wish(caregiver_id=cast.chloe.id),
        )


def test_nobody_acts_for_somebody_else(cast, taken, jeannes, wait):
    _booked, entry = jeannes
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    offer = offers()[0]
    for person in (cast.mallory, cast.bob, ada):
        for act in (
            lambda who: wait(who, cast.enrolment),
            lambda who: leave_waiting_list(who, entry),
            lambda who: take_offer(who, offer),
            lambda who: refuse_offer(who, offer),
        ):
            with pytest.raises(ForbiddenError):
                act(person)
    from scheduling.operations.waiting_offers import ask_for_hours_of

    with pytest.raises(ForbiddenError):
        ask_for_hours_of(cast.alice, cast.bob)
    ask_for_hours_of(System("tests"), cast.bob)


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("U14")
def test_joining_from_the_hours_and_from_an_appointment(cast, sign_in, book, page):
    jeanne = sign_in(cast.jeanne)
    address = {
        "avec": f"{cast.enrolment.id}-{cast.bob.id}",
        "type": cast.type.id,
        "vu": f"oui-{cast.patient.id}-{cast.bob.id}",
    }
    hours = page(jeanne.get("/rendez-vous/nouveau/heure", query_string=address))
    link = next(one for one in hours.links if "liste-d-attente" in one)
    form = page(jeanne.get(link))
    assert "Être prévenu si une heure se libère plus tôt" in form.text
    data = {"avec": cast.bob.id, "du": "2026-11-24", "au": "2026-12-24"}
    done = page(jeanne.post(link, data=data, follow_redirects=True))
    assert "Vous êtes sur la liste d’attente." in done.text
    assert "Vous êtes en tête de la liste." in done.text
    booked = book(f"{FRIDAY} 10:00")
    shown = page(jeanne.get(f"/rendez-vous/{booked.id}"))
    link = next(one for one in shown.links if "liste-d-attente" in one)
    again = page(jeanne.get(link))
    assert again.inputs["au"] == "2026-12-24"
    wrong = jeanne.post(link, data={**data, "au": "2026-11-23"})
    assert wrong.status_code == 422
    entry = db.session.scalar(select(WaitingListEntry))
    assert entry.appointment_id == booked.id  # an earlier one than this is wanted now
    listed = page(jeanne.get("/rendez-vous"))
    assert "/rendez-vous/liste-d-attente" in listed.links
    mine = page(jeanne.get("/rendez-vous/liste-d-attente"))
    assert "Bob Garnier" in mine.text
    left = jeanne.post(f"/rendez-vous/liste-d-attente/{entry.id}/retrait", follow_redirects=True)
    assert "Vous n’attendez plus." in page(left).text


def test_an_offered_hour_is_on_every_page_and_a_refusal_keeps_the_place(
    cast, taken, jeannes, sign_in, page
):
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    offer = offers()[0]
    jeanne = sign_in(cast.jeanne)
    home = page(jeanne.get("/rendez-vous"))
    assert "Une heure s’est libérée plus tôt" in home.text
    assert f"/rendez-vous/heures-proposees/{offer.id}" in home.links
    path = f"/rendez-vous/heures-proposees/{offer.id}"
    assert jeanne.post(path, data={}).status_code == 422
    done = page(jeanne.post(path, data={"reponse": "non"}, follow_redirects=True))
    assert "Vous restez sur la liste d’attente." in done.text
    late = jeanne.post(path, data={"reponse": "oui"})
    assert late.status_code == 409
    assert "Cette heure n’est plus gardée pour vous" in page(late).text


def test_somebody_else_s_wait_does_not_exist(cast, taken, jeannes, sign_in):
    _booked, entry = jeannes
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    offer = offers()[0]
    for person in (cast.mallory, cast.bob, cast.alice):
        client = sign_in(person)
        assert client.get(f"/rendez-vous/liste-d-attente/{entry.id}").status_code == 404
        assert client.get(f"/rendez-vous/heures-proposees/{offer.id}").status_code == 404
        stop = f"/rendez-vous/liste-d-attente/{entry.id}/retrait"
        assert client.post(stop).status_code == 404
