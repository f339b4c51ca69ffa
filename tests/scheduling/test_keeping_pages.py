"""A caregiver's own pages: one appointment, moving it, making one, marking it."""

from __future__ import annotations

import re

import pytest

from core.database import db
from core.transaction import transaction
from scheduling.agendas.models import Question
from scheduling.agendas.vocabulary import QuestionKind
from scheduling.appointments.models import Answer, Appointment
from scheduling.appointments.vocabulary import AppointmentStatus, Attendance

pytestmark = pytest.mark.both_databases


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


def address(appointment, part: str = "") -> str:
    return f"/agenda/rendez-vous/{appointment.id}{part}"


def stored() -> list[Appointment]:
    db.session.rollback()
    return db.session.query(Appointment).order_by(Appointment.id).all()


@pytest.mark.covers("M3")
def test_the_page_shows_the_patient_the_answers_the_life_and_the_ways_on(
    cast, bob, book, page, database
):
    appointment = book("2026-11-24 09:00")
    with transaction():
        question = Question(
            consultation_type_id=cast.type.id,
            position=1,
            kind=QuestionKind.TEXT,
            wording="Marchez-vous seule ?",
        )
        db.session.add(question)
        db.session.flush()
        db.session.add(
            Answer(
                appointment_id=appointment.id,
                question_id=question.id,
                wording=question.wording,
                text="Avec une canne",
            )
        )
    shown = page(bob.get(address(appointment)))
    for words in ("Jeanne Roques", "Suivi, 30 min", "Marchez-vous seule ?", "Avec une canne"):
        assert words in shown.text
    assert re.search("Pris ?Lundi 23 novembre à 8 h, Jeanne Roques", shown.text)
    for link in (
        address(appointment, "/deplacer"),
        address(appointment, "/annuler"),
        f"/patients/{cast.enrolment.id}",
        f"/messages/avec/{cast.enrolment.id}/{cast.bob.id}",
    ):
        assert link in shown.links


def test_it_is_nobody_elses_page(cast, book, hold, sign_in, database):
    appointment = book("2026-11-24 09:00")
    held = hold("2026-11-24 10:00")
    for user in (cast.chloe, cast.alice, cast.mallory, cast.jeanne):
        for part in ("", "/deplacer", "/annuler"):
            assert sign_in(user).get(address(appointment, part)).status_code == 404
    assert sign_in(cast.bob).get(address(held)).status_code == 404


def test_moving_by_one_of_the_free_hours(cast, bob, book, at, page, outbox, database):
    appointment = book("2026-11-24 09:00")
    shown = page(bob.get(address(appointment, "/deplacer")))
    offered = re.findall(r'name="heure" value="([^"]+)"', shown.html)
    assert at("2026-11-24 09:30").isoformat() in offered
    assert at("2026-11-24 09:00").isoformat() not in offered
    answer = bob.post(
        address(appointment, "/deplacer"), data={"heure": at("2026-11-25 10:00").isoformat()}
    )
    assert answer.status_code == 302
    shown = page(bob.get(answer.location))
    assert "mercredi 25 novembre à 10 h" in shown.text
    assert "il était le mardi 24 novembre à 9 h" in shown.text
    assert "25 novembre" in outbox.one(to=cast.jeanne).subject


def test_moving_to_an_hour_typed_as_people_write_it(cast, bob, book, at, database):
    appointment = book("2026-11-24 09:00")
    bob.post(address(appointment, "/deplacer"), data={"jour": "2026-11-26", "a": "14h30"})
    assert stored()[0].starts_at == at("2026-11-26 14:30")


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"jour": "2026-11-26"},
        {"jour": "hier", "a": "9:00"},
        {"jour": "2026-11-26", "a": "25:00"},
        {"jour": "2027-03-28", "a": "2:30"},
        {"heure": "demain"},
    ],
)
def test_an_hour_that_does_not_exist_is_asked_again(cast, bob, book, page, typed, database):
    appointment = book("2026-11-24 09:00")
    answer = bob.post(address(appointment, "/deplacer"), data=typed)
    assert answer.status_code == 422
    assert page(answer).title.startswith("Erreur")
    assert stored()[0].sequence == 0


def test_a_taken_hour_shows_the_nearest_free_ones(cast, bob, book, at, page, database):
    first = book("2026-11-24 09:00")
    book("2026-11-24 10:00")
    answer = bob.post(address(first, "/deplacer"), data={"jour": "2026-11-24", "a": "10:00"})
    assert answer.status_code == 409
    shown = page(answer)
    assert "Les heures libres les plus proches" in shown.text
    assert at("2026-11-24 10:30").isoformat() in shown.html
    assert stored()[0].starts_at == at("2026-11-24 09:00")


def test_a_rule_is_shown_then_gone_over_with_a_reason(cast, bob, book, at, page, database):
    appointment = book("2026-11-24 09:00")
    evening = {"jour": "2026-11-24", "a": "19:30"}
    answer = bob.post(address(appointment, "/deplacer"), data=evening)
    assert answer.status_code == 409
    assert "Une règle de votre agenda s’y oppose" in page(answer).text
    silent = bob.post(address(appointment, "/deplacer"), data={**evening, "passer_outre": "y"})
    assert silent.status_code == 422
    bob.post(
        address(appointment, "/deplacer"),
        data={**evening, "passer_outre": "y", "pourquoi": "Elle ne peut qu’en soirée"},
    )
    assert stored()[0].starts_at == at("2026-11-24 19:30")
    assert "Elle ne peut qu’en soirée" in page(bob.get(address(appointment))).text


def test_cancelling_with_a_reason_then_taking_it_again(cast, bob, book, page, sign_in, database):
    appointment = book("2026-11-24 09:00")
    assert page(bob.get(address(appointment, "/annuler"))).title.startswith("Annuler")
    bob.post(address(appointment, "/annuler"), data={"reason": "Formation"})
    shown = page(bob.get(address(appointment)))
    assert "Formation" in shown.text
    assert "Reprendre ce rendez-vous" in shown.text
    answer = bob.post(address(appointment, "/reprendre"), data={"cle": shown.inputs["cle"]})
    again = bob.post(address(appointment, "/reprendre"), data={"cle": shown.inputs["cle"]})
    assert answer.location == again.location
    old, new = stored()
    assert (old.status, new.status) == (AppointmentStatus.CANCELLED, AppointmentStatus.BOOKED)
    assert old.starts_at == new.starts_at
    assert old.uid != new.uid


def test_an_hour_that_went_to_somebody_else_is_not_taken_again(cast, bob, book, page, database):
    appointment = book("2026-11-24 09:00")
    bob.get(bob.post(address(appointment, "/annuler")).location)
    book("2026-11-24 09:00")
    answer = bob.post(address(appointment, "/reprendre"), data={"cle": "x" * 20})
    assert "vient d’être pris" in page(bob.get(answer.location)).text
    assert len(stored()) == 2


def test_marking_and_taking_the_mark_back(cast, sign_in, book, page, travel_to, database):
    appointment = book("2026-11-23 14:00")
    bob = sign_in(cast.bob)
    assert bob.post(address(appointment, "/venue"), data={"venue": "oui"}).status_code == 422
    travel_to("2026-11-23 14:05 Europe/Paris")
    bob = sign_in(cast.bob)
    for said, kept in (("non", Attendance.NOSHOW), ("oui", Attendance.FULFILLED), ("", None)):
        bob.post(address(appointment, "/venue"), data={"venue": said})
        assert stored()[0].attendance is kept
    bob.post(address(appointment, "/venue"), data={"venue": "non"})
    assert "Manqué" in page(bob.get("/agenda/jour/2026-11-23")).text
    assert bob.post(address(appointment, "/venue"), data={"venue": "peut-être"}).status_code == 404


# ── Making one ────────────────────────────────────────────────────────────────────────────────


def check(bob, cast, page, **typed):
    data = {"type": cast.type.id, "semaines": 0, "fois": 4, "cle": "k" * 20, **typed}
    answer = bob.post(f"/agenda/nouveau/{cast.enrolment.id}", data=data)
    return answer, page(answer)


def fields(shown) -> dict[str, str]:
    """What the page would send as it stands."""
    radios = re.findall(r'type="radio" name="(h\d+)" value="([^"]*)"([^>]*)', shown.html)
    chosen = {name: value for name, value, rest in radios if "checked" in rest}
    return {**shown.inputs, **chosen}


def test_from_a_free_moment_to_an_appointment(cast, bob, at, page, outbox, database):
    shown = page(bob.get("/agenda/jour/2026-11-24"))
    start = at("2026-11-24 09:00").isoformat()
    link = next(one for one in shown.links if "/agenda/nouveau?debut=" in one)
    assert "Libre jusqu’à 12:00" in shown.text
    shown = page(bob.get(link))
    assert "Jeanne Roques" in shown.text
    person = next(one for one in shown.links if f"/agenda/nouveau/{cast.enrolment.id}" in one)
    shown = page(bob.get(person))
    assert (shown.inputs["jour"], shown.inputs["a"]) == ("24/11/2026", "09:00")
    answer, shown = check(bob, cast, page, jour="2026-11-24", a="09:00")
    assert answer.status_code == 200
    assert stored() == []
    assert fields(shown)["h0"] == start
    answer = bob.post(f"/agenda/nouveau/{cast.enrolment.id}/ecrire", data=fields(shown))
    again = bob.post(f"/agenda/nouveau/{cast.enrolment.id}/ecrire", data=fields(shown))
    assert answer.location == again.location
    [made] = stored()
    assert (made.starts_at.isoformat(), made.status) == (start, AppointmentStatus.BOOKED)
    assert outbox.one(to=cast.jeanne).subject == "Un rendez-vous a été pris pour vous"


def test_a_series_shows_each_conflict_before_anything_is_written(
    cast, bob, book, at, page, database
):
    book("2026-12-01 09:00")
    _answer, shown = check(bob, cast, page, jour="2026-11-24", a="9h", semaines=1, fois=3)
    assert "2 heures libres sur 3" in shown.text
    data = fields(shown)
    assert data["h0"] == at("2026-11-24 09:00").isoformat()
    assert data["h1"] == at("2026-12-01 09:30").isoformat()
    assert data["h2"] == at("2026-12-08 09:00").isoformat()
    bob.post(f"/agenda/nouveau/{cast.enrolment.id}/ecrire", data={**data, "h2": ""})
    made = [one for one in stored() if one.booked_by_id == cast.bob.id]
    assert [one.starts_at for one in made] == [at("2026-11-24 09:00"), at("2026-12-01 09:30")]
    assert made[0].series == made[1].series != None  # noqa: E711


def test_a_series_that_somebody_crossed_meanwhile_is_shown_again(
    cast, bob, book, at, page, database
):
    _answer, shown = check(bob, cast, page, jour="2026-11-24", a="9h", semaines=2, fois=2)
    book("2026-12-08 09:00")
    answer = bob.post(f"/agenda/nouveau/{cast.enrolment.id}/ecrire", data=fields(shown))
    assert answer.status_code == 409
    assert len(stored()) == 1
    data = fields(page(answer))
    assert data["h1"] == at("2026-12-08 09:30").isoformat()
    bob.post(f"/agenda/nouveau/{cast.enrolment.id}/ecrire", data=data)
    assert len(stored()) == 3


def test_outside_the_hours_only_with_a_reason(cast, bob, page, database):
    _answer, shown = check(bob, cast, page, jour="2026-11-28", a="10:00")
    assert "hors des horaires" in shown.text or "A rule" in shown.text or "règle" in shown.text
    data = fields(shown)
    write = f"/agenda/nouveau/{cast.enrolment.id}/ecrire"
    assert bob.post(write, data=data).status_code == 409
    assert bob.post(write, data={**data, "passer_outre": "oui"}).status_code == 409
    assert stored() == []
    data |= {"passer_outre": "oui", "pourquoi": "Pansement du samedi"}
    assert bob.post(write, data=data).status_code == 302
    assert stored()[0].overridden_rule == "Pansement du samedi"


def test_only_ones_own_patients_are_offered(cast, sign_in, page, database):
    chloe = sign_in(cast.chloe)
    assert "Roques" not in page(chloe.get("/agenda/nouveau")).text
    assert chloe.get(f"/agenda/nouveau/{cast.enrolment.id}").status_code == 404
    answer = chloe.post(f"/agenda/nouveau/{cast.enrolment.id}/ecrire", data={"h0": "x"})
    assert answer.status_code == 404
    assert sign_in(cast.jeanne).get("/agenda/nouveau").status_code == 404


def test_a_patient_is_found_without_accents(cast, bob, page, database):
    assert "Jeanne Roques" in page(bob.get("/agenda/nouveau?q=roq")).text
    assert "Aucun de vos patients" in page(bob.get("/agenda/nouveau?q=zoe")).text


def test_any_bytes_are_answered(cast, bob, database):
    write = f"/agenda/nouveau/{cast.enrolment.id}/ecrire"
    for data in (
        {"type": "x", "h0": "1"},
        {"type": str(cast.type.id), "h0": "2026-99-99"},
        {"type": str(cast.type.id), "h0": "9999-12-31T23:59:59+00:00"},
        {"type": "9" * 30},
    ):
        assert bob.post(write, data=data).status_code in {404, 409, 422}
    for query in ("debut=x", "debut=0001-01-01T00:00:00%2B00:00", "jour=\u0000", "page=999999"):
        assert bob.get(f"/agenda/nouveau/{cast.enrolment.id}?{query}").status_code == 200
        assert bob.get(f"/agenda/nouveau?{query}").status_code == 200
