"""Saying who one is, one's profile, the patients of a bubble: as people use them, in French."""

from __future__ import annotations

from datetime import date

import pytest

from bubbles.operations.inviting import Offer, invite, invite_on_paper
from bubbles.vocabulary import InvitedAs, Invitee
from core.transaction import transaction
from patient.queries import places as queries
from tests import factories as make

ANSWERS = {
    "given_name": "Lucie",
    "family_name": "Peyron",
    "birth_date": "29/2/1988",
}


@pytest.fixture
def lucie(cast):
    with transaction():
        return make.user("lucie", "Lucie Peyron")


@pytest.fixture
def link(cast, lucie, outbox):
    """The invitation's address, as the mail gives it."""
    invite(
        cast.alice,
        cast.bubble,
        email=lucie.email,
        invited_as=InvitedAs.PATIENT,
        follower_ids=[cast.bob.id],
    )
    return outbox.one(to=lucie).link("/invitations/")


@pytest.mark.covers("D12")
def test_an_invited_patient_says_who_they_are_and_joins(cast, lucie, link, sign_in, page):
    browser = sign_in(lucie)
    invitation = page(browser.get(link))
    identity = f"{link}/identite"
    assert any(address.endswith("/identite") for address in invitation.links)
    asked = page(browser.get(identity))
    assert "Qui êtes-vous ?" in asked.text
    assert "Votre numéro de sécurité sociale n’est pas demandé" in asked.text
    assert queries.get_own_patient(lucie) is None, "looking changes nothing"
    answer = browser.post(identity, data=ANSWERS)
    assert answer.status_code == 302
    home = page(browser.get(answer.location, follow_redirects=True))
    assert "Bienvenue dans la bulle Les Tilleuls." in home.text
    assert "Bob Garnier" in home.text
    assert "Chloé Lefèvre" not in home.text
    patient = queries.get_own_patient(lucie)
    assert (patient.name, patient.birth_date) == ("Lucie Peyron", date(1988, 2, 29))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"given_name": "  ", "family_name": ""}, "Écrivez un nom"),
        ({"family_name": "12"}, "Un nom contient au moins une lettre."),
        ({"family_name": "a" * 81}, "80 lettres au plus."),
        ({"birth_date": ""}, "Écrivez la date de naissance, par exemple 09/03/1951."),
        ({"birth_date": "32/2/1988"}, "Cette date n’existe pas"),
        ({"birth_date": "29/2/1987"}, "Cette date n’existe pas"),
        ({"birth_date": "29/2/12"}, "Écrivez l’année de naissance en 4 chiffres"),
        ({"birth_date": "29/2/²²²²"}, "Cette date n’existe pas"),
        ({"birth_date": "29/2/1012"}, "Cette année est trop ancienne."),
        ({"birth_date": "29/2/2028"}, "Cette date est dans l’avenir."),
    ],
)
def test_a_slip_is_named_and_nothing_typed_is_lost(
    cast, lucie, link, sign_in, page, changes, words
):
    browser = sign_in(lucie)
    answer = browser.post(f"{link}/identite", data=ANSWERS | changes)
    shown = page(answer)
    assert answer.status_code == 422
    assert words in shown.text
    assert shown.title.startswith("Erreur :")
    kept = {name: " ".join(value.split()) for name, value in (ANSWERS | changes).items()}
    assert kept.items() <= shown.inputs.items()
    assert queries.get_own_patient(lucie) is None


@pytest.mark.covers("D58")
@pytest.mark.parametrize(
    "typed", [" 09/03/1951 ", "9 mars 1951", "9.3.51", "٩/٣/١٩٥١", "1951-03-09"]
)
def test_a_birth_date_is_read_however_it_is_written(cast, lucie, link, sign_in, typed):
    answer = sign_in(lucie).post(f"{link}/identite", data=ANSWERS | {"birth_date": typed})
    assert answer.status_code == 302
    assert queries.get_own_patient(lucie).birth_date == date(1951, 3, 9)


@pytest.mark.parametrize("names", [("Lucie", ""), ("", "Peyron")])
def test_one_single_name_is_a_name(cast, lucie, link, sign_in, page, names):
    browser = sign_in(lucie)
    given, family = names
    data = ANSWERS | {"given_name": given, "family_name": family}
    answer = browser.post(f"{link}/identite", data=data)
    assert answer.status_code == 302
    patient = queries.get_own_patient(lucie)
    assert patient.name == given + family
    assert patient.called == given + family
    assert browser.get("/mon-profil").status_code == 200
    shown = page(sign_in(cast.bob).get("/patients"))
    assert given + family in shown.text
    assert (
        page(sign_in(cast.bob).get("/messages/ecrire")).text.count(f"Autour de {given}{family}")
        == 1
    )


def test_every_mistake_is_told_in_one_round(cast, lucie, link, sign_in, page):
    wrong = {"given_name": "", "family_name": " ", "birth_date": "31/2/1988"}
    told = page(sign_in(lucie).post(f"{link}/identite", data=wrong)).text
    assert "Écrivez un nom" in told
    assert "Cette date n’existe pas" in told


def test_somebody_else_with_the_link_is_asked_nothing(cast, lucie, link, sign_in):
    browser = sign_in(cast.mallory)
    for answer in (browser.get(f"{link}/identite"), browser.post(f"{link}/identite", data=ANSWERS)):
        assert answer.status_code == 302
        assert answer.location == link
    assert queries.get_own_patient(cast.mallory) is None
    assert browser.get("/invitations/nobody-wrote-this/identite").status_code == 404


def test_a_visitor_signs_in_before_saying_who_they_are(cast, link, visitor):
    answer = visitor.get(f"{link}/identite")
    assert answer.status_code == 302
    assert "/connexion" in answer.location


def test_my_profile_says_what_is_known_and_that_the_rest_waits(cast, sign_in, page):
    shown = page(sign_in(cast.jeanne).get("/mon-profil"))
    assert "Jeanne" in shown.text
    assert "vendredi 9 mars 1951" in shown.text
    assert shown.text.count("Non renseigné") == 3
    assert "Vous n’avez rien à faire maintenant" in shown.text
    assert "Roques" not in shown.title
    assert sign_in(cast.bob).get("/mon-profil").status_code == 404


WHOLE = {
    "sex": "f",
    "birth_place": "Toulouse",
    "street": "14 rue des Tilleuls",
    "postcode": "31000",
    "town": "Toulouse",
    "phone": "+33612345678",
}


@pytest.mark.both_databases
def test_the_account_calls_a_profile_filled_in_where_the_profile_asks_for_nothing(
    cast, sign_in, page
):
    """One is judged by the database, the other from the row."""
    browser = sign_in(cast.jeanne)

    def is_whole(**changes: str | None) -> bool:
        with transaction():
            for name, value in {**WHOLE, "birth_country": None, **changes}.items():
                setattr(cast.patient, name, value)
        account = page(browser.get("/compte")).text
        asks = "Vous n’avez rien à faire maintenant" in page(browser.get("/mon-profil")).text
        assert asks == ("Non renseigné" in account)
        return not asks

    assert is_whole()
    assert is_whole(birth_place=None, birth_country="Portugal")
    assert not any(is_whole(**{name: value}) for name in WHOLE for value in (None, ""))


@pytest.mark.covers("M80")
def test_the_tab_shows_everybody_to_administrators_and_ones_own_to_caregivers(cast, sign_in, page):
    with transaction():
        zoe = make.enrolment(make.patient("Zoé", "Noël"), cast.bubble, followers=[])
    address = f"/bulles/{cast.bubble.id}/patients"
    alice = page(sign_in(cast.alice).get(address))
    assert "Zoé Noël" in alice.text
    assert "Personne ne le suit encore" in alice.text
    assert "Suivie par 1 accompagnant : Bob Garnier" in alice.text
    assert f"/patients/{cast.enrolment.id}" not in alice.links
    bob = page(sign_in(cast.bob).get(address))
    assert "Jeanne Roques" in bob.text
    assert "Zoé Noël" not in bob.text
    assert f"/patients/{cast.enrolment.id}" in bob.links
    assert f"{address}/{zoe.id}/accompagnants" not in bob.links
    chloe = page(sign_in(cast.chloe).get(address))
    assert "Jeanne Roques" not in chloe.text
    assert "Vous ne suivez encore personne dans cette bulle" in chloe.text
    for stranger in (cast.jeanne, cast.mallory):
        assert sign_in(stranger).get(address).status_code == 404


def test_an_administrator_changes_who_follows_a_patient(cast, sign_in, page):
    address = f"/bulles/{cast.bubble.id}/patients/{cast.enrolment.id}/accompagnants"
    browser = sign_in(cast.alice)
    asked = page(browser.get(address))
    assert "Qui suit Jeanne Roques ?" in asked.text
    assert "Infirmier" in asked.text
    answer = browser.post(address, data={"user_ids": [cast.chloe.id]})
    assert answer.status_code == 302
    told = page(browser.get(answer.location))
    assert "Suivie par 1 accompagnant : Chloé Lefèvre" in told.text
    assert browser.post(address, data={"user_ids": [cast.mallory.id]}).status_code == 422
    assert [user.id for user in queries.list_followers(cast.enrolment.id)] == [cast.chloe.id]
    browser.post(address, data={})
    assert queries.list_followers(cast.enrolment.id) == []


def test_an_administrator_takes_a_patient_out_after_being_told_what_it_means(cast, sign_in, page):
    address = f"/bulles/{cast.bubble.id}/patients/{cast.enrolment.id}/depart"
    browser = sign_in(cast.alice)
    assert (
        "Ses rendez-vous à venir dans cette bulle sont annulés." in page(browser.get(address)).text
    )
    assert queries.list_enrolments_of(cast.jeanne)
    answer = browser.post(address, follow_redirects=True)
    assert "Jeanne Roques ne fait plus partie de cette bulle." in page(answer).text
    assert queries.list_enrolments_of(cast.jeanne) == []


@pytest.mark.parametrize("what", ["accompagnants", "depart"])
@pytest.mark.parametrize(
    ("name", "status"), [("bob", 403), ("chloe", 404), ("jeanne", 404), ("mallory", 404)]
)
def test_what_only_administrators_do_is_refused_or_hidden(cast, sign_in, what, name, status):
    address = f"/bulles/{cast.bubble.id}/patients/{cast.enrolment.id}/{what}"
    browser = sign_in(getattr(cast, name))
    assert browser.get(address).status_code == status
    answer = browser.post(address, data={"user_ids": [cast.chloe.id]})
    assert answer.status_code == status
    assert [user.id for user in queries.list_followers(cast.enrolment.id)] == [cast.bob.id]


def test_the_patients_of_a_bubble_cost_the_same_at_5_and_at_50(cast, sign_in, count_queries):
    browser = sign_in(cast.alice)
    address = f"/bulles/{cast.bubble.id}/patients"
    totals = []
    for number in (4, 45):
        with transaction():
            for _ in range(number):
                make.enrolment(
                    make.patient("Ada", "Zola"), cast.bubble, followers=[cast.bob, cast.chloe]
                )
        browser.get(address)
        with count_queries() as count:
            assert browser.get(address).status_code == 200
        totals.append(count.total)
    assert totals[0] == totals[1]


def test_what_the_inviter_wrote_is_proposed_and_corrected(cast, lucie, sign_in, page, outbox):
    known = Invitee("Lucy", "Peyron", date(1988, 2, 29))
    invite(cast.alice, cast.bubble, email=lucie.email, invited_as=InvitedAs.PATIENT, invitee=known)
    mail = outbox.one(to=lucie)
    assert "Lucy" not in mail.text + mail.html + mail.subject
    identity = f"{mail.link('/invitations/')}/identite"
    browser = sign_in(lucie)

    asked = page(browser.get(identity)).html
    for value in ("Lucy", "Peyron", "29/02/1988"):
        assert f'value="{value}"' in asked, value
    again = browser.post(identity, data={**ANSWERS, "family_name": "", "birth_date": ""})
    assert 'value="Peyron"' not in again.text, "what was emptied stays empty"

    browser.post(identity, data=ANSWERS)
    assert queries.get_own_patient(lucie).name == "Lucie Peyron"


def test_a_sheet_in_other_hands_says_no_birth_date(cast, lucie, sign_in, page):
    known = Invitee("Lucie", "Peyron", date(1988, 2, 29))
    _invitation, code = invite_on_paper(
        cast.alice, cast.bubble, offer=Offer(InvitedAs.PATIENT, known)
    )
    browser = sign_in(lucie)
    landed = browser.post("/invitation", data={"code": code}).location

    asked = page(browser.get(f"{landed}/identite")).html

    assert 'value="Lucie"' in asked
    assert 'value="1988"' not in asked


def test_somebody_with_the_link_of_another_reads_no_name(cast, lucie, sign_in, visitor, outbox):
    known = Invitee("Lucy", "Peyron", date(1988, 2, 29))
    invite(cast.alice, cast.bubble, email=lucie.email, invited_as=InvitedAs.PATIENT, invitee=known)
    link = outbox.one(to=lucie).link("/invitations/")
    for browser in (sign_in(cast.mallory), visitor):
        for path in ("", "/identite", "/refus"):
            assert "Lucy" not in browser.get(link + path, follow_redirects=True).text


def test_what_no_form_sends_takes_nobodys_followers_away(cast, sign_in):
    """An empty form is an answer, « nobody »; JSON is none."""
    path = f"/bulles/{cast.bubble.id}/patients/{cast.enrolment.id}/accompagnants"
    assert sign_in(cast.alice).post(path, json={"user_ids": []}).status_code == 422
    assert [one.id for one in queries.list_followers(cast.enrolment.id)] == [cast.bob.id]
