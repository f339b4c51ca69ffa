"""The day, the week, the month and the list: what they draw, for whom, on paper too."""

from __future__ import annotations

import pytest

from core import clock
from core.database import db
from core.transaction import transaction
from scheduling.agendas.models import Absence, ExceptionalHours
from scheduling.agendas.vocabulary import AbsenceKind
from tests import factories as make

pytestmark = pytest.mark.both_databases


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


@pytest.fixture
def away(cast, at):
    def away(start, end, *, kind=AbsenceKind.ABSENCE, agenda=None, reason=""):
        with transaction():
            row = Absence(
                user_id=cast.bob.id,
                agenda_id=agenda.id if agenda else None,
                kind=kind,
                starts_at=at(start),
                ends_at=at(end),
                reason=reason,
                created_at=clock.now(),
            )
            db.session.add(row)
        return row

    return away


@pytest.fixture
def second_bubble(cast, at):
    """Bob also works at the Rives du Touch, with Paul."""
    with transaction():
        bubble = make.bubble("Rives du Touch", admin=cast.alice)
        make.membership(cast.bob, bubble, is_caregiver=True)
        paul = make.enrolment(make.patient("Paul", "Estève"), bubble, followers=[cast.bob])
        agenda = make.agenda(cast.bob, bubble)
        kind = make.consultation_type(bubble, "Visite", caregivers=[cast.bob])
        make.appointment(agenda, paul, kind, at("2026-11-24 16:00"))
    return bubble


ALL = (
    "/agenda/jour/2026-11-24",
    "/agenda/semaine/2026-11-24",
    "/agenda/mois/2026-11",
    "/agenda/liste?du=2026-11-24&au=2026-11-24",
)


@pytest.mark.covers("M3", "M29")
@pytest.mark.parametrize("path", ALL)
def test_every_view_shows_what_is_promised_in_every_bubble_or_in_one(
    cast, bob, book, second_bubble, page, path, database
):
    book("2026-11-24 09:00")
    mark = "&" if "?" in path else "?"
    everything = page(bob.get(path)).text
    assert "Jeanne Roques" in everything
    assert "Paul Estève" in everything
    one = page(bob.get(f"{path}{mark}bulle={second_bubble.id}"))
    assert "Paul Estève" in one.text
    assert "Jeanne Roques" not in one.text
    assert bob.get(f"{path}{mark}bulle=999").status_code == 404
    assert bob.get(f"{path}{mark}bulle=x").status_code == 404


@pytest.mark.parametrize("path", ALL)
def test_on_paper_names_may_be_initials(cast, bob, book, page, path, database):
    book("2026-11-24 09:00")
    mark = "&" if "?" in path else "?"
    shown = page(bob.get(f"{path}{mark}noms=initiales"))
    assert "J. R." in shown.text
    assert "Roques" not in shown.text
    assert "Afficher les noms" in shown.text


@pytest.mark.parametrize("path", ALL)
def test_another_caregiver_sees_their_own_and_a_patient_no_agenda(
    cast, book, sign_in, page, path, database
):
    book("2026-11-24 09:00")
    assert "Roques" not in page(sign_in(cast.chloe).get(path)).text
    assert sign_in(cast.jeanne).get(path).status_code == 404


def test_the_day_tells_what_is_free_what_is_closed_and_what_time_it_is(
    cast, book, away, page, sign_in, travel_to, database
):
    book("2026-11-24 10:00")
    away("2026-11-24 14:00", "2026-11-24 15:00", kind=AbsenceKind.BLOCKED, reason="Vaccin")
    travel_to("2026-11-24 09:12 Europe/Paris")
    text = page(sign_in(cast.bob).get("/agenda/jour/2026-11-24")).text
    order = ["Libre jusqu’à 10:00", "Jeanne Roques", "Libre jusqu’à 12:00", "Temps bloqué"]
    order += ["Vaccin", "Libre jusqu’à 18:00"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "9:12Maintenant" in text.replace("9:12 M", "9:12M")


def test_another_bubbles_appointment_is_no_free_time(cast, bob, second_bubble, page, database):
    text = page(bob.get("/agenda/jour/2026-11-24")).text
    assert "Libre jusqu’à 16:00" in text
    assert "16:30Libre jusqu’à 18:00" in text.replace("16:30 L", "16:30L")


def test_hours_of_one_single_day_stand_in_place_of_the_weekly_ones(cast, bob, page, database):
    from datetime import date, time

    with transaction():
        db.session.add(
            ExceptionalHours(
                agenda_id=cast.agenda.id, day=date(2026, 11, 24), starts_at=time(8), ends_at=time(9)
            )
        )
    text = page(bob.get("/agenda/jour/2026-11-24")).text
    assert "Ce jour a ses propres horaires." in text
    assert "Libre jusqu’à 9:00" in text
    assert "Libre jusqu’à 12:00" not in text


def test_the_week_draws_absences_and_free_moments(cast, bob, away, page, database):
    away("2026-11-25 09:00", "2026-11-25 11:00")
    html = page(bob.get("/agenda/semaine/2026-11-24")).html
    assert 'class="at-0900 for-120 week__off"' in html
    assert 'class="at-1100 for-30 week__free no-print"' in html
    away("2026-11-26 00:00", "2026-11-28 00:00", kind=AbsenceKind.PUBLIC_HOLIDAY)
    html = page(bob.get("/agenda/semaine/2026-11-24")).html
    assert html.count('class="at-0800 for-660 week__off"') == 2


def test_the_month_counts_and_leads_to_each_day(cast, bob, book, page, database):
    for hour in ("09:00", "09:30", "10:00", "10:30"):
        book(f"2026-11-24 {hour}")
    shown = page(bob.get("/agenda/mois/2026-11"))
    assert "Novembre 2026" in shown.text
    assert "4 rendez-vous ce mois-ci." in shown.text
    assert "+ 1" in shown.text
    assert "/agenda/jour/2026-11-24" in shown.links
    assert "/agenda/mois/2026-10" in shown.links
    assert "/agenda/mois/2026-12" in shown.links
    assert "Aucun rendez-vous ce mois-ci." in page(bob.get("/agenda/mois/2027-01")).text


@pytest.mark.parametrize(
    "path",
    ["/agenda/mois/2026-13", "/agenda/mois/x", "/agenda/jour/2026-02-30", "/agenda/semaine/9999"],
)
def test_a_day_that_does_not_exist_has_no_page(bob, path, database):
    assert bob.get(path).status_code == 404


def test_the_list_is_cut_into_pages(cast, bob, page, at, database):
    with transaction():
        for number in range(30):
            day = f"2026-12-{number // 2 + 1:02} {9 + number % 2}:00".replace(" 9", " 09")
            make.appointment(cast.agenda, cast.enrolment, cast.type, at(day))
    path = "/agenda/liste?du=2026-12-01&au=2026-12-31"
    first, second = page(bob.get(path)), page(bob.get(f"{path}&page=2"))
    assert "30 rendez-vous" in first.text
    assert "Page 1 sur 2" in first.text
    assert (first.text.count("Jeanne Roques"), second.text.count("Jeanne Roques")) == (25, 5)


def test_a_view_asks_a_few_questions_whatever_is_in_it(cast, bob, at, count_queries, database):
    bob.get("/agenda/semaine/2026-11-24")
    with count_queries() as empty:
        bob.get("/agenda/mois/2026-11")
    with transaction():
        for number in range(20):
            make.appointment(
                cast.agenda, cast.enrolment, cast.type, at(f"2026-11-{number + 3:02} 09:00")
            )
    with count_queries() as full:
        bob.get("/agenda/mois/2026-11")
    asked = [[one for one in count.statements if one != "BEGIN"] for count in (empty, full)]
    assert len(asked[0]) == len(asked[1])
