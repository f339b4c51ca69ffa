"""The composed pages, in French, as people use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bubbles.queries import get_membership
from core import clock
from core.audit import AuditEntry
from core.database import db
from core.transaction import transaction
from home.views.standing import space
from home.vocabulary import Space
from messaging.operations import start_conversation
from patient.operations.places import end_enrolment
from scheduling.appointments.vocabulary import AppointmentStatus
from security.models import Session
from tests import factories as make


def appointment(cast, hour: int, minute: int = 0, **values):
    """One at bob's, on Monday, at that hour of Paris."""
    starts_at = datetime(2026, 11, 23, hour - 1, minute, tzinfo=UTC)
    with transaction():
        return make.appointment(cast.agenda, cast.enrolment, cast.type, starts_at, **values)


def write(cast, text: str = "Je passe demain vers 8 h."):
    return start_conversation(
        cast.bob, cast.enrolment, caregiver_id=cast.bob.id, body=text, client_id="one"
    )


# ── The public door ───────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("D5")
def test_a_visitor_is_told_what_this_is_and_where_to_sign_in(visitor, app, page):
    answer = visitor.get("/")
    shown = page(answer)
    assert answer.status_code == 200
    assert "Prenez rendez-vous, on s’occupe du reste." in shown.text
    assert "Se connecter / Gérer mes RDV" in shown.text
    assert "/connexion" in shown.links
    assert "Vous avez reçu une invitation ?" in shown.text
    assert "numéro de sécurité sociale n’est pas demandé" in shown.text


def test_who_is_signed_in_goes_straight_home(cast, sign_in):
    answer = sign_in(cast.jeanne).get("/")
    assert (answer.status_code, answer.location) == (302, "/accueil")


@pytest.mark.covers("D4")
@pytest.mark.parametrize(
    "address",
    ["/accueil", "/aujourdhui", "/patients", "/patients/1", "/compte", "/parametres", "/mes-soins"],
)
def test_a_visitor_signs_in_first(app, visitor, address):
    answer = visitor.get(address)
    assert answer.status_code == 302
    assert answer.location.startswith("/connexion?suite=")


def test_what_anybody_may_read_can_ask_whose_face_it_shows(app):
    """Nobody is there, or nobody is known while the database is away."""
    with app.test_request_context("/"):
        assert space() is Space.PATIENT


# ── Landing ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M1")
def test_a_caregiver_lands_in_a_space_of_their_own(cast, sign_in, page):
    browser = sign_in(cast.bob)
    answer = browser.get("/accueil")
    assert (answer.status_code, answer.location) == (302, "/aujourdhui")
    shown = page(browser.get("/aujourdhui"))
    assert "Espace accompagnant" in shown.text
    assert "Bonjour Bob" in shown.text
    assert 'class="pro"' in shown.html
    patient = page(sign_in(cast.jeanne).get("/accueil"))
    assert "Espace accompagnant" not in patient.text
    assert 'class="pro"' not in patient.html
    assert sign_in(cast.jeanne).get("/aujourdhui").location == "/accueil"


def test_an_administrator_who_cares_for_nobody_finds_their_bubbles_first(cast, sign_in, page):
    shown = page(sign_in(cast.alice).get("/accueil", follow_redirects=True))
    assert "Espace accompagnant" in shown.text
    assert f"/bulles/{cast.bubble.id}" in shown.links
    assert "3 personnes dans l’équipe" in shown.text
    assert "Mes patients" not in shown.text
    assert "/patients" not in shown.links


def test_somebody_without_any_bubble_is_welcomed_and_told_what_to_do(cast, sign_in, page):
    shown = page(sign_in(cast.mallory).get("/accueil"))
    assert "Bienvenue, Mallory Voisin" in shown.text
    assert "J’ai reçu une invitation" in shown.text
    assert "Ouvrez le lien de l’e-mail" in shown.text
    assert "/bulles/nouvelle" in shown.links


def test_who_leaves_the_staff_leaves_the_space(cast, sign_in):
    browser = sign_in(cast.bob)
    assert browser.get("/aujourdhui").status_code == 200
    with transaction():
        db.session.delete(get_membership(cast.bob.id, cast.bubble.id))
    assert browser.get("/aujourdhui").location == "/accueil"
    assert browser.get(f"/patients/{cast.enrolment.id}").status_code == 404


@pytest.mark.parametrize(
    ("name", "idle", "absolute"), [("bob", 30, 12), ("alice", 30, 12), ("jeanne", 60, 24)]
)
def test_sessions_of_the_staff_are_shorter(cast, sign_in, travel_to, name, idle, absolute):
    browser = sign_in(getattr(cast, name))
    row = db.session.query(Session).filter_by(user_id=getattr(cast, name).id).one()
    assert row.expires_at - row.created_at == timedelta(hours=absolute)
    travel_to(timedelta(minutes=idle - 1))
    assert browser.get("/compte").status_code == 200
    travel_to(timedelta(minutes=idle + 1))
    assert browser.get("/compte").status_code == 302


# ── The patient's home ────────────────────────────────────────────────────────────────────────


def test_a_patient_sees_their_team_and_how_to_reach_it(cast, sign_in, page):
    shown = page(sign_in(cast.jeanne).get("/accueil"))
    assert "Bonjour Jeanne" in shown.text
    assert "Lundi 23 novembre" in shown.text
    assert "Bob Garnier" in shown.text
    assert "Infirmier" in shown.text
    assert "Chloé Lefèvre" not in shown.text
    assert f"/messages/avec/{cast.enrolment.id}/{cast.bob.id}" in shown.links
    assert f"/messages/autour/{cast.enrolment.id}" in shown.links
    assert "/rendez-vous/nouveau" in shown.links
    assert "Aucun rendez-vous prévu" in shown.text
    assert {"tel:15", "tel:112"} <= set(shown.links)


def test_the_next_appointment_stands_first(cast, sign_in, page):
    later = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
    with transaction():
        kept = make.appointment(cast.agenda, cast.enrolment, cast.type, later)
        make.appointment(
            cast.agenda,
            cast.enrolment,
            cast.type,
            later - timedelta(days=1),
            status=AppointmentStatus.CANCELLED,
        )
    shown = page(sign_in(cast.jeanne).get("/accueil"))
    assert "Votre prochain rendez-vous" in shown.text
    assert "Jeudi 26 novembre" in shown.text
    assert "à 10 h 30" in shown.text
    assert "Dans 3 jours" in shown.text
    assert "Maison des Tilleuls" in shown.text
    assert f"/rendez-vous/{kept.id}" in shown.links
    assert "Aucun rendez-vous prévu" not in shown.text


def test_a_patient_whom_nobody_follows_yet_is_told_so(cast, sign_in, page):
    with transaction():
        for assignment in list(cast.enrolment.assignments):
            db.session.delete(assignment)
    shown = page(sign_in(cast.jeanne).get("/accueil"))
    assert "Personne ne vous suit encore dans cette bulle." in shown.text


def test_a_patient_who_has_left_every_bubble_keeps_a_home(cast, sign_in, page):
    end_enrolment(cast.alice, cast.enrolment)
    shown = page(sign_in(cast.jeanne).get("/accueil"))
    assert "Vous ne faites partie d’aucune bulle en ce moment." in shown.text


def test_an_unread_message_shows_on_both_homes_until_it_is_read(cast, sign_in, page):
    message = write(cast)
    browser = sign_in(cast.jeanne)
    shown = page(browser.get("/accueil"))
    assert "Je passe demain vers 8 h." in shown.text
    assert "1 non lu" in shown.text
    assert "Vous avez tout lu." in page(sign_in(cast.bob).get("/aujourdhui")).text
    browser.get(f"/messages/{message.conversation_id}")
    assert "1 non lu" not in page(browser.get("/accueil")).text


def test_a_caregiver_who_is_also_cared_for_finds_their_own_care(cast, sign_in, page):
    with transaction():
        own = make.patient("Bob", "Garnier", account=cast.bob)
        make.enrolment(own, cast.bubble, followers=[cast.chloe])
    browser = sign_in(cast.bob)
    assert "/mes-soins" in page(browser.get("/aujourdhui")).links
    shown = page(browser.get("/mes-soins"))
    assert "Chloé Lefèvre" in shown.text
    assert {"tel:15", "tel:112"} <= set(shown.links)


# ── The caregiver's day ───────────────────────────────────────────────────────────────────────


def test_the_day_says_what_is_over_what_is_next_and_what_is_free(cast, sign_in, page, travel_to):
    appointment(cast, 9)
    appointment(cast, 10, 30)
    appointment(cast, 15)
    travel_to("2026-11-23 10:12 Europe/Paris")
    shown = page(sign_in(cast.bob).get("/aujourdhui"))
    assert "Lundi 23 novembre" in shown.text
    assert "3 rendez-vous" in shown.text
    for words in ("Terminé", "Maintenant", "Dans 18 min", "Libre jusqu’à 15:00", "Confirmé"):
        assert words in shown.text
    assert shown.html.count('class="is-next"') == 1
    assert f"/patients/{cast.enrolment.id}" in shown.links


@pytest.mark.parametrize("status", [AppointmentStatus.HELD, AppointmentStatus.CANCELLED])
def test_what_is_not_booked_is_not_in_the_day(cast, sign_in, page, status):
    appointment(cast, 10, status=status, held_until=clock.now() + timedelta(minutes=10))
    shown = page(sign_in(cast.bob).get("/aujourdhui"))
    assert "Rien de prévu aujourd’hui" in shown.text
    assert 'class="timeline"' not in shown.html


def test_an_empty_day_names_the_next_appointment(cast, sign_in, page):
    with transaction():
        later = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
        make.appointment(cast.agenda, cast.enrolment, cast.type, later)
    shown = page(sign_in(cast.bob).get("/aujourdhui"))
    assert "Rien de prévu aujourd’hui" in shown.text
    assert "Le prochain rendez-vous est jeudi 26 novembre à 9 h." in shown.text


def test_a_colleagues_day_is_not_mine(cast, sign_in, page):
    appointment(cast, 10)
    shown = page(sign_in(cast.chloe).get("/aujourdhui"))
    assert "Jeanne" not in shown.text


def test_names_stay_out_of_titles(cast, sign_in, page):
    appointment(cast, 10)
    browser = sign_in(cast.bob)
    for address in ("/aujourdhui", "/patients", f"/patients/{cast.enrolment.id}"):
        assert "Jeanne" not in page(browser.get(address)).title


# ── My patients, and their sheets ─────────────────────────────────────────────────────────────


@pytest.mark.covers("M2")
def test_my_patients_are_those_i_follow_and_nobody_else(cast, sign_in, page):
    assert "Jeanne Roques" in page(sign_in(cast.bob).get("/patients")).text
    for other in (cast.chloe, cast.alice, cast.mallory, cast.jeanne):
        shown = page(sign_in(other).get("/patients"))
        assert f"/patients/{cast.enrolment.id}" not in shown.links
    assert "Encore personne" in page(sign_in(cast.chloe).get("/patients")).text


@pytest.mark.covers("M2")
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("eloise", ["Éloïse Œuvrard"]),
        ("ÉLO", ["Éloïse Œuvrard"]),
        ("oeuv", ["Éloïse Œuvrard"]),
        ("rocques", []),
        ("roques jean", ["Jeanne Roques"]),
        ("jean paul", ["Jean-Paul Anglès"]),
        ("angles", ["Jean-Paul Anglès"]),
        ("%", []),
        ("   ", ["Jean-Paul Anglès", "Éloïse Œuvrard", "Jeanne Roques"]),
    ],
)
def test_a_name_is_found_without_its_accents(cast, sign_in, page, typed, found):
    with transaction():
        for names in (("Éloïse", "Œuvrard"), ("Jean-Paul", "Anglès")):
            make.enrolment(make.patient(*names), cast.bubble, followers=[cast.bob])
    shown = page(sign_in(cast.bob).get("/patients", query_string={"q": typed}))
    everybody = ["Jean-Paul Anglès", "Éloïse Œuvrard", "Jeanne Roques"]
    assert [name for name in everybody if name in shown.text] == found
    positions = [shown.text.index(name) for name in found]
    assert positions == sorted(positions)
    if not found:
        assert f"Personne ne correspond à « {typed} »" in shown.text


def test_what_is_searched_is_shown_as_text_only(cast, sign_in, page):
    shown = page(sign_in(cast.bob).get("/patients", query_string={"q": "<script>x</script>"}))
    assert "<script>x" not in shown.html
    assert "<script>x</script>" in shown.text


@pytest.mark.covers("M4")
def test_a_sheet_says_who_the_patient_is_and_who_cares_for_them(cast, sign_in, page):
    appointment(cast, 10)
    shown = page(sign_in(cast.bob).get(f"/patients/{cast.enrolment.id}"))
    for words in (
        "Jeanne Roques",
        "75 ans",
        "vendredi 9 mars 1951",
        "Non renseigné",
        "Lundi 23 novembre à 10 h",
        "Bob Garnier (vous)",
        "Chaque ouverture de cette fiche est notée. Jeanne lit la même liste.",
        "Qui a ouvert cette fiche",
    ):
        assert words in shown.text
    assert f"/messages/avec/{cast.enrolment.id}/{cast.bob.id}" in shown.links
    assert f"/messages/autour/{cast.enrolment.id}" in shown.links


@pytest.mark.covers("M4")
@pytest.mark.both_databases
@pytest.mark.parametrize("name", ["alice", "chloe", "jeanne", "mallory"])
def test_a_sheet_does_not_exist_for_who_does_not_follow_the_patient(cast, sign_in, page, name):
    answer = sign_in(getattr(cast, name)).get(f"/patients/{cast.enrolment.id}")
    assert answer.status_code == 404
    assert "Jeanne" not in page(answer).text or name == "jeanne"


def test_each_opening_of_a_sheet_is_written_down(cast, sign_in):
    browser = sign_in(cast.bob)
    browser.get(f"/patients/{cast.enrolment.id}")
    sign_in(cast.chloe).get(f"/patients/{cast.enrolment.id}")
    [entry] = db.session.query(AuditEntry).filter_by(permission="sheet:open").all()
    assert (entry.actor_id, entry.about_kind, entry.about_id, entry.outcome) == (
        cast.bob.id,
        "patient",
        cast.patient.id,
        "done",
    )


# ── Account and settings ──────────────────────────────────────────────────────────────────────


def test_the_account_says_what_is_left_to_do(cast, sign_in, page):
    shown = page(sign_in(cast.jeanne).get("/compte"))
    assert "Ce qu’il reste à faire" in shown.text
    assert "Mon profil" in shown.text
    assert "Non renseigné" in shown.text
    assert "/mon-profil" in shown.links
    assert "/deconnexion" in shown.actions


@pytest.mark.covers("M12")
def test_the_overview_and_the_menu_lead_to_the_same_places(cast, sign_in, page):
    shown = page(sign_in(cast.bob).get("/parametres"))
    assert "Vue d’ensemble de vos paramètres" in shown.text
    assert shown.links.count("/bulles") >= 3, "in the navigation, the menu and a card"
    assert 'aria-label="Paramètres"' in shown.html
    assert "/deconnexion" in shown.actions


# ── Speed ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", ["/aujourdhui", "/patients", "/patients?q=ada"])
def test_pages_of_a_caregiver_cost_the_same_at_5_patients_and_at_50(
    cast, sign_in, count_queries, address
):
    browser = sign_in(cast.bob)
    totals = []
    for number in (4, 45):
        with transaction():
            for minute in range(number):
                patient = make.patient("Ada", f"Zola{minute}")
                place = make.enrolment(patient, cast.bubble, followers=[cast.bob, cast.chloe])
                starts_at = datetime(2026, 11, 23, 8, tzinfo=UTC) + timedelta(
                    minutes=5 * len(totals) * 10 + 5 * minute
                )
                make.appointment(cast.agenda, place, cast.type, starts_at, minutes=5)
        browser.get(address)
        with count_queries() as count:
            assert browser.get(address).status_code == 200
        totals.append(count.total)
    assert totals[0] == totals[1]
    assert totals[0] <= 24
