"""« Mes patients » and the sheet: filters, order, pages, what stands on a sheet and for whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from core.database import db
from core.transaction import transaction
from messaging.operations import start_conversation
from patient.models import Guardianship, Patient
from patient.operations.places import set_followers
from patient.vocabulary import GuardianKind
from scheduling.appointments.vocabulary import AppointmentStatus
from tests import factories as make


@pytest.fixture
def many(cast):
    """Bob follows Jeanne and Ada here, Zoé in another bubble; Ada comes first, Zoé later."""
    with transaction():
        cast.other = make.bubble("Rives du Touch", admin=cast.alice)
        make.membership(cast.bob, cast.other, is_caregiver=True)
        agenda = make.agenda(cast.bob, cast.other)
        ada = make.enrolment(make.patient("Ada", "Zola"), cast.bubble, followers=[cast.bob])
        zoe = make.enrolment(make.patient("Zoé", "Abel"), cast.other, followers=[cast.bob])
        at = datetime(2026, 11, 24, 9, tzinfo=UTC)
        make.appointment(cast.agenda, ada, cast.type, at)
        make.appointment(agenda, zoe, cast.type, at + timedelta(days=1))
        seen = datetime(2026, 11, 2, 9, tzinfo=UTC)
        make.appointment(cast.agenda, cast.enrolment, cast.type, seen)
        cast.ada, cast.zoe = ada, zoe
    return cast


def write(cast, caregiver, words):
    """Jeanne writes to one caregiver."""
    start_conversation(
        cast.jeanne, cast.enrolment, caregiver_id=caregiver.id, body=words, client_id=words
    )


NAMES = ("Jeanne Roques", "Ada Zola", "Zoé Abel")


def listed(shown) -> list[str]:
    names = [name for name in NAMES if f">{name}<" in shown.html]
    return sorted(names, key=lambda name: shown.html.index(f">{name}<"))


@pytest.mark.covers("M2")
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Zoé Abel", "Jeanne Roques", "Ada Zola"]),
        ("tri=rdv", ["Ada Zola", "Zoé Abel", "Jeanne Roques"]),
        ("rdv=avec", ["Zoé Abel", "Ada Zola"]),
        ("rdv=sans", ["Jeanne Roques"]),
        ("bulle={other}", ["Zoé Abel"]),
        ("bulle=999", ["Zoé Abel", "Jeanne Roques", "Ada Zola"]),
        ("bulle=²&rdv=x&messages=x&tri=x", ["Zoé Abel", "Jeanne Roques", "Ada Zola"]),
        ("messages=non-lus", []),
        ("q=zo&rdv=avec&tri=rdv", ["Ada Zola", "Zoé Abel"]),
    ],
)
def test_my_patients_are_filtered_and_sorted(many, sign_in, page, query, names):
    answer = sign_in(many.bob).get(f"/patients?{query.format(other=many.other.id)}")
    assert answer.status_code == 200
    shown = page(answer)
    assert listed(shown) == names
    if not names:
        assert "Aucun de vos patients ne correspond à ces choix" in shown.text


@pytest.mark.both_databases
def test_each_line_says_the_next_and_the_last_appointment_and_what_waits(many, sign_in, page):
    for number in range(2):
        write(many, many.bob, f"Bonjour {number}")
    browser = sign_in(many.bob)
    shown = page(browser.get("/patients"))
    assert "Demain à 10 h" in shown.text
    assert "2 novembre" in shown.text
    assert "Aucun de prévu" in shown.text
    unread = page(browser.get("/patients?messages=non-lus"))
    assert listed(unread) == ["Jeanne Roques"]
    assert "2 non lus" in unread.text


def test_a_colleagues_conversation_is_no_unread_message_of_mine(many, sign_in, page):
    set_followers(many.alice, many.enrolment, user_ids=[many.bob.id, many.chloe.id])
    write(many, many.chloe, "Pour Chloé")
    assert listed(page(sign_in(many.bob).get("/patients?messages=non-lus"))) == []
    assert listed(page(sign_in(many.chloe).get("/patients?messages=non-lus"))) == ["Jeanne Roques"]


@pytest.mark.parametrize("status", [AppointmentStatus.HELD, AppointmentStatus.CANCELLED])
def test_what_is_not_booked_is_no_coming_appointment(many, sign_in, page, status):
    with transaction():
        at = datetime(2026, 11, 26, 9, tzinfo=UTC)
        make.appointment(many.agenda, many.enrolment, many.type, at, status=status, held_until=at)
    browser = sign_in(many.bob)
    assert "Jeanne Roques" not in listed(page(browser.get("/patients?rdv=avec")))
    assert "26 novembre" not in page(browser.get(f"/patients/{many.enrolment.id}")).text


def test_a_long_list_has_pages_that_keep_the_filters(cast, sign_in, page):
    with transaction():
        for number in range(60):
            make.enrolment(
                make.patient("Ada", f"Zola{number:02}"), cast.bubble, followers=[cast.bob]
            )
    browser = sign_in(cast.bob)
    first = page(browser.get("/patients?q=ada&rdv=sans"))
    assert "60 patients pour « ada »" in first.text
    assert "Page 1 sur 3" in first.text
    assert "Zola25" not in first.text
    [link] = [one for one in first.links if "page=2" in one]
    assert "rdv=sans" in link
    second = page(browser.get(link))
    assert "Zola25" in second.text
    assert "Page 2 sur 3" in second.text


@pytest.mark.parametrize(
    "address",
    ["/patients", "/patients?q=ad&rdv=sans&tri=rdv&messages=non-lus", "/patients?rdv=avec&tri=rdv"],
)
def test_the_list_costs_the_same_whatever_its_length(cast, sign_in, count_queries, address):
    browser = sign_in(cast.bob)
    totals = []
    for number in (3, 47):
        with transaction():
            for _ in range(number):
                make.enrolment(make.patient("Ada", "Zola"), cast.bubble, followers=[cast.bob])
        browser.get(address)
        with count_queries() as count:
            assert browser.get(address).status_code == 200
        totals.append(count.total)
    assert totals[0] == totals[1]
    assert totals[0] <= 20


@pytest.mark.covers("M4")
def test_a_sheet_holds_identity_contacts_relatives_team_and_appointments(many, sign_in, page):
    with transaction():
        person = db.session.get(Patient, many.patient.id)
        person.birth_name, person.birth_place = "Villard", "Auch"
        person.street, person.postcode, person.town = "3 rue du Lac", "31000", "Toulouse"
        person.phone = "+33612345678"
        person.birth_date = date(1951, 3, 9)
        claire = make.user("claire", "Claire Roques")
        db.session.add(
            Guardianship(user_id=claire.id, patient_id=person.id, kind=GuardianKind.RELATIVE)
        )
        starts_at = datetime(2026, 11, 27, 9, tzinfo=UTC)
        make.appointment(many.agenda, many.enrolment, many.type, starts_at)
    shown = page(sign_in(many.bob).get(f"/patients/{many.enrolment.id}"))
    for words in (
        "Jeanne Roques",
        "75 ans",
        "Villard",
        "Auch",
        "3 rue du Lac, 31000 Toulouse",
        "06 12 34 56 78",
        many.jeanne.email,
        "Qui agit pour Jeanne",
        "Claire Roques",
        "Vendredi 27 novembre à 10 h",
        "2 novembre",
        "Bob Garnier (vous)",
        "Notes de l’équipe",
        "Qui a ouvert cette fiche",
    ):
        assert words in shown.text, words


def test_an_appointment_with_a_colleague_is_shown_without_a_link(many, sign_in, page):
    set_followers(many.alice, many.ada, user_ids=[many.bob.id, many.chloe.id])
    bob, chloe = (
        page(sign_in(person).get(f"/patients/{many.ada.id}")) for person in (many.bob, many.chloe)
    )
    assert [one for one in bob.links if one.startswith("/rendez-vous/")]
    assert "avec Bob Garnier" in chloe.text
    assert not [one for one in chloe.links if one.startswith("/rendez-vous/")]


def test_all_the_appointments_of_a_patient_are_a_page_of_the_team(many, sign_in, page):
    with transaction():
        for day in range(1, 8):
            at = datetime(2026, 10, day, 9, tzinfo=UTC)
            make.appointment(many.agenda, many.enrolment, many.type, at)
    browser = sign_in(many.bob)
    address = f"/patients/{many.enrolment.id}/rendez-vous"
    sheet = page(browser.get(f"/patients/{many.enrolment.id}"))
    assert f"{address}?liste=passes" in sheet.links
    assert "1 octobre" not in sheet.text
    assert "octobre" in page(browser.get(f"{address}?liste=passes")).text
    assert "Aucun rendez-vous prévu" in page(browser.get(address)).text
    for name in ("alice", "chloe", "jeanne", "mallory"):
        assert sign_in(getattr(many, name)).get(address).status_code == 404


def test_a_sheet_costs_the_same_for_a_long_story(many, sign_in, count_queries):
    browser = sign_in(many.bob)
    address = f"/patients/{many.enrolment.id}"
    totals = []
    for month in (9, 10):
        with transaction():
            for day in range(1, 25):
                at = datetime(2026, month, day, 12, tzinfo=UTC)
                make.appointment(many.agenda, many.enrolment, many.type, at)
        browser.get(address)
        with count_queries() as count:
            assert browser.get(address).status_code == 200
        totals.append(count.total)
    assert totals[0] == totals[1]
