"""The waiting list: how long one may think, joining and leaving, the pages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.authorization import System
from core.database import db
from core.errors import ForbiddenError
from scheduling.agendas.errors import NotBookableError
from scheduling.appointments.operations.changing import cancel_appointment
from scheduling.waiting_list.errors import WrongWishError
from scheduling.waiting_list.models import WaitingListEntry
from scheduling.waiting_list.operations.entries import (
    Wish,
    join_waiting_list,
    leave_waiting_list,
    refuse_offer,
    take_offer,
)
from scheduling.waiting_list.queries import answer_until, place_of
from scheduling.waiting_list.vocabulary import OfferAnswer
from tests.scheduling.waiting_steps import FRIDAY, TUESDAY, look, offers

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


def test_joining_twice_changes_the_wish_and_keeps_the_place(cast, wait, newcomer, travel_to):
    first = wait(cast.jeanne, cast.enrolment)
    travel_to(timedelta(minutes=1))
    paul, pauls = newcomer("Paul")
    wait(paul, pauls)
    travel_to(timedelta(minutes=1))
    again = wait(cast.jeanne, cast.enrolment, not_after=date(2026, 12, 24))
    assert again.id == first.id
    assert place_of(again) == 1
    assert again.not_after == date(2026, 12, 24)


def test_leaving_gives_the_hour_to_the_next(cast, taken, wait, newcomer, travel_to):
    first = wait(cast.jeanne, cast.enrolment)
    travel_to(timedelta(minutes=1))
    paul, pauls = newcomer("Paul")
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
    from scheduling.waiting_list.operations.offers import ask_for_hours_of

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
    assert again.inputs["au"] == "24/12/2026"
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
