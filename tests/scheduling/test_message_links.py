"""The link that messages carry: the minimum shown, a change on POST only, no session."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.audit import AuditEntry
from core.database import db
from core.transaction import transaction
from scheduling.appointments.models import AppointmentLink
from scheduling.appointments.operations.changing import cancel_appointment
from scheduling.appointments.queries.appointments import list_day_for
from scheduling.notices.links import link_of
from tests import factories as make

TUESDAY = "2026-11-24"


@pytest.fixture
def booked(book):
    return book(f"{TUESDAY} 10:00")


@pytest.fixture
def path(booked):
    return link_of(booked.id)


def proof(page, visitor, address):
    return page(visitor.get(address)).inputs["preuve"]


@pytest.mark.covers("U51", "U13")
def test_the_link_of_a_mail_shows_the_minimum_without_signing_in(
    cast, booked, visitor, page, outbox
):
    link = outbox.one(to=cast.jeanne).link("/r/")
    answer = visitor.get(link)
    shown = page(answer)
    for words in ("Mardi 24 novembre 2026", "10 h", "Jeanne", "14 rue des Tilleuls", "Confirmé"):
        assert words in shown.text
    for secret in ("Roques", "Bob", "Suivi", "jeanne@", "Infirmier"):
        assert secret not in shown.html
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert {f"{link}/annulation", f"{link}/deplacement", f"{link}/rendez-vous.ics"} <= set(
        shown.links
    )


@pytest.mark.covers("U13")
def test_cancelling_by_the_link_asks_first_and_tells_everybody(
    cast, booked, path, visitor, page, reload, outbox
):
    asked = visitor.get(f"{path}/annulation")
    assert "Annuler ce rendez-vous ?" in page(asked).text
    assert reload(booked).status == "booked"
    done = visitor.post(
        f"{path}/annulation",
        data={"preuve": page(asked).inputs["preuve"]},
        follow_redirects=True,
    )
    assert "Votre rendez-vous est annulé" in page(done).text
    assert "Set-Cookie" not in done.headers
    assert reload(booked).status == "cancelled"
    assert "annulé" in outbox.one(to=cast.bob).subject
    assert "annulé" in outbox.one(to=cast.jeanne).subject
    entry = db.session.query(AuditEntry).filter_by(permission="appointment:cancel").one()
    assert (entry.actor_kind, entry.actor_id) == ("linkholder", None)
    assert (entry.about_kind, entry.about_id) == ("patient", cast.patient.id)


def test_without_the_proof_of_the_form_nothing_changes(booked, path, visitor, page, reload, at):
    for data in ({}, {"preuve": "x"}):
        answer = visitor.post(f"{path}/annulation", data=data)
        assert "les choses ont changé depuis" in page(answer).text
    moving = {"heure": at(f"{TUESDAY} 11:00").isoformat()}
    visitor.post(f"{path}/deplacement", data=moving)
    assert reload(booked).status == "booked"
    assert reload(booked).starts_at == at(f"{TUESDAY} 10:00")


def test_a_page_that_became_old_changes_nothing(cast, booked, path, visitor, page, reload, at):
    from scheduling.appointments.operations.changing import move_appointment

    known = proof(page, visitor, f"{path}/annulation")
    move_appointment(cast.jeanne, booked, starts_at=at(f"{TUESDAY} 11:00"))
    answer = visitor.post(f"{path}/annulation", data={"preuve": known})
    assert "les choses ont changé depuis" in page(answer).text
    assert "11 h" in page(answer).text
    assert reload(booked).status == "booked"


@pytest.mark.covers("U13")
def test_moving_by_the_link(cast, booked, path, visitor, page, reload, at, outbox):
    hours = visitor.get(f"{path}/deplacement")
    assert "Quel jour et quelle heure à la place ?" in page(hours).text
    assert "Set-Cookie" not in hours.headers
    data = {"preuve": page(hours).inputs["preuve"], "heure": at(f"{TUESDAY} 11:00").isoformat()}
    done = visitor.post(f"{path}/deplacement", data=data, follow_redirects=True)
    assert "Votre rendez-vous a une nouvelle heure" in page(done).text
    assert reload(booked).starts_at == at(f"{TUESDAY} 11:00")
    assert outbox.one(to=cast.jeanne).link("/r/") == path  # the same for its whole life
    assert [row.starts_at for row in list_day_for(cast.bob, booked.starts_at.date())] == [
        at(f"{TUESDAY} 11:00")
    ]


def test_an_hour_that_is_gone_is_said_with_the_nearest_ones(
    cast, booked, path, visitor, page, reload, at
):
    known = proof(page, visitor, f"{path}/deplacement")
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, at(f"{TUESDAY} 11:00"))
    data = {"preuve": known, "heure": at(f"{TUESDAY} 11:00").isoformat()}
    answer = visitor.post(f"{path}/deplacement", data=data)
    assert answer.status_code == 409
    assert "Les heures libres les plus proches" in page(answer).text
    assert reload(booked).starts_at == at(f"{TUESDAY} 10:00")


def test_other_appointments_are_not_told_to_who_holds_a_link(cast, booked, path, visitor, page, at):
    with transaction():
        dora = make.user("dora", "Dora Petit")
        make.caregiver(dora, cast.bubble)
        agenda = make.agenda(dora, cast.bubble)
        make.appointment(agenda, cast.enrolment, cast.type, at(f"{TUESDAY} 11:00"))
    assert "Dora" not in page(visitor.get(f"{path}/deplacement")).html


@pytest.mark.covers("U13")
def test_inside_the_limit_the_link_says_whom_to_call(
    cast, booked, path, visitor, page, reload, travel_to
):
    with transaction():
        cast.type.cancellation_notice_minutes = 24 * 60
        db.session.add(cast.type)
    travel_to(f"{TUESDAY} 09:00 Europe/Paris")
    shown = page(visitor.get(path))
    assert "trop tard" in shown.text
    assert "05 36 49 56 78" in shown.text
    assert f"{path}/annulation" not in shown.links
    assert "preuve" not in page(visitor.get(f"{path}/annulation")).inputs
    assert reload(booked).status == "booked"


def test_dead_unknown_and_never_promised_are_the_same(
    cast, booked, path, visitor, page, hold, travel_to
):
    held = link_of(hold(f"{TUESDAY} 15:00").id)
    answers = [visitor.get("/r/" + "x" * 43), visitor.get(held)]
    travel_to(f"{TUESDAY} 10:30 Europe/Paris")
    travel_to(timedelta(days=30) - timedelta(seconds=1))
    assert visitor.get(path).status_code == 200
    travel_to(timedelta(seconds=1))
    answers.append(visitor.get(path))
    answers += [visitor.get(f"{path}{more}") for more in ("/annulation", "/rendez-vous.ics")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({page(answer).text.split("référence")[0] for answer in answers}) == 1


def test_guessing_is_slowed_down_and_right_links_are_not(booked, path, visitor):
    statuses = [visitor.get("/r/" + "x" * 42 + str(number)).status_code for number in range(22)]
    assert statuses[:20] == [404] * 20
    assert statuses[20:] == [429] * 2
    assert visitor.get(path).status_code == 200


def test_a_signed_in_browser_is_nobody_here(cast, booked, path, sign_in, page):
    answer = sign_in(cast.jeanne).get(path)
    assert "Roques" not in page(answer).html
    assert "Set-Cookie" not in answer.headers


def test_an_appointment_has_one_link_for_ever_and_the_table_keeps_it_sealed(booked, path):
    assert link_of(booked.id) == path
    assert db.session.query(AppointmentLink).count() == 1
    raw = db.session.connection().exec_driver_sql("SELECT token FROM appointment_links").scalar()
    assert path.removeprefix("/r/") not in str(raw)
    db.session.rollback()


def test_the_calendar_file_tells_the_hour_and_nothing_of_health(
    cast, booked, path, visitor, sign_in
):
    for answer, names in (
        (visitor.get(f"{path}/rendez-vous.ics"), ("Bob", "Roques", "ATTENDEE")),
        (sign_in(cast.jeanne).get(f"/rendez-vous/{booked.id}/rendez-vous.ics"), ()),
    ):
        text = answer.get_data(as_text=True)
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert "DTSTART;TZID=Europe/Paris:20261124T100000" in text
        assert booked.uid in text.replace("\r\n ", "")
        for secret in ("Suivi", "Infirmier", *names):
            assert secret not in text


def test_a_cancelled_appointment_says_so(cast, booked, path, visitor, page):
    cancel_appointment(cast.bob, booked)
    shown = page(visitor.get(path))
    assert "Annulé" in shown.text
    assert f"{path}/annulation" not in shown.links
    assert "déjà annulé" in page(visitor.get(f"{path}/annulation")).text
