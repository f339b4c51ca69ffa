"""Long lists of patients: searched, filtered, paged, given to caregivers, by the database."""

from __future__ import annotations

from datetime import date

import pytest

from bubbles.errors import LooksLikePatientError
from bubbles.operations.closing import close_bubble
from core.database import db
from core.errors import ForbiddenError
from core.events import publish
from core.transaction import transaction
from patient.errors import NobodyChosenError, NotACaregiverError
from patient.models import Patient
from patient.operations.places import assign_caregiver, end_enrolment, set_followers
from patient.queries import places as queries
from patient.queries.lists import Wanted, list_in_bubble_for
from tests import factories as make
from tests.patient.seen import followed_places, live_places

NAMES = [
    ("Jean-Paul", "L’Hermite", None),
    ("Éloïse", "Œuvrard", None),
    ("Nadia", "Ben Saïd", "d'Abo"),
    ("Łucja", "Groß", None),
]


@pytest.fixture
def many(cast):
    with transaction():
        for given, family, birth in NAMES:
            person = make.patient(given, family)
            person.birth_name = birth
            make.enrolment(person, cast.bubble, followers=[cast.bob])
    return cast


def found(cast, typed: str) -> list[str]:
    page = list_in_bubble_for(cast.bob, cast.bubble.id, Wanted(search=typed))
    return [one.patient.family_name for one in page.items]


@pytest.mark.covers("U49")
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("oeuvrard", ["Œuvrard"]),
        ("ŒUV ELO", ["Œuvrard"]),
        ("lhermite", ["L’Hermite"]),
        ("l'hermite", ["L’Hermite"]),
        ("hermite jean paul", ["L’Hermite"]),
        ("jeanpaul", ["L’Hermite"]),
        ("Jean-Paul", ["L’Hermite"]),
        ("bensaid", ["Ben Saïd"]),
        ("abo", ["Ben Saïd"]),
        ("dabo nadia", ["Ben Saïd"]),
        ("gross", ["Groß"]),
        ("ermite", []),
        ("jean nadia", []),
        ("_", []),
        ("%", []),
        ("\\", []),
        ("'", []),
    ],
)
def test_a_patient_is_found_by_the_beginning_of_any_name(many, typed, names):
    assert found(many, typed) == names


@pytest.mark.both_databases
def test_both_databases_sort_like_a_directory(cast):
    with transaction():
        for family in (
            "Zola",
            "Éluard",
            "Eluard-Roy",
            "d’Abo",
            "De la Tour",
            "Delatour",
            "Œuvrard",
        ):
            make.enrolment(make.patient("Ada", family), cast.bubble, followers=[])
    page = list_in_bubble_for(cast.alice, cast.bubble.id, Wanted())
    assert [one.patient.family_name for one in page.items] == [
        "d’Abo",
        "De la Tour",
        "Delatour",
        "Éluard",
        "Eluard-Roy",
        "Œuvrard",
        "Roques",
        "Zola",
    ]


@pytest.mark.both_databases
def test_a_name_that_changes_is_found_by_the_new_one(cast):
    with transaction():
        person = db.session.get(Patient, cast.patient.id)
        person.family_name, person.birth_name = "Éluard", "Roques"
    assert found(cast, "eluard") == found(cast, "roques") == ["Éluard"]


def test_a_long_list_is_cut_and_its_links_keep_what_was_searched(cast, sign_in, page):
    with transaction():
        for number in range(60):
            make.enrolment(make.patient("Ada", f"Zola{number:02}"), cast.bubble, followers=[])
    browser = sign_in(cast.alice)
    address = f"/bulles/{cast.bubble.id}/patients"
    first = page(browser.get(f"{address}?q=ada"))
    assert "Zola24" in first.text
    assert "Zola25" not in first.text
    assert "Page 1 sur 3" in first.text
    [link] = [one for one in first.links if "page=2" in one]
    second = page(browser.get(link))
    assert "Zola25" in second.text
    assert "60 patients pour « ada »" in second.text
    for far in ("4", "99999999", "1" * 100):
        assert "Page 3 sur 3" in page(browser.get(f"{address}?q=ada&page={far}")).text
    for odd in ("0", "-1", "x", "²", ""):
        assert "Zola00" in page(browser.get(address, query_string={"q": "ada", "page": odd})).text


def test_administrators_find_who_has_no_caregiver(cast, sign_in, page):
    with transaction():
        make.enrolment(make.patient("Zoé", "Noël"), cast.bubble, followers=[])
        leaver = make.user("dora", "Dora Petit")
        make.enrolment(make.patient("Paul", "Estève"), cast.bubble, followers=[leaver])
    address = f"/bulles/{cast.bubble.id}/patients"
    alice = sign_in(cast.alice)
    assert "2 patients sans accompagnant" in page(alice.get(address)).text
    alone = page(alice.get(f"{address}?suivi=personne"))
    assert "Zoé Noël" in alone.text
    assert "Paul Estève" in alone.text, "who followed him is not of the bubble"
    assert "Jeanne Roques" not in alone.text
    bob = page(sign_in(cast.bob).get(f"{address}?suivi=personne"))
    assert "Zoé Noël" not in bob.text
    assert "Jeanne Roques" in bob.text


# ── Several patients at once ──────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_a_caregiver_is_given_several_patients_at_once(many, outbox):
    places = [one.id for one in live_places(many.bubble.id)]
    assert assign_caregiver(
        many.alice, many.bubble, user_id=many.chloe.id, enrolment_ids=places
    ) == len(places)
    assert (
        assign_caregiver(many.alice, many.bubble, user_id=many.chloe.id, enrolment_ids=places) == 0
    )
    assert {one.id for one in followed_places(many.chloe)} == set(places)
    assert {one.id for one in followed_places(many.bob)} == set(places)
    [mail] = outbox.mails(to=many.chloe)
    assert mail.subject == "Vous suivez 5 personnes de plus"
    for word in ("Tilleuls", "Jeanne", "Œuvrard"):
        assert word not in mail.text + mail.html


def test_only_caregivers_and_patients_of_the_bubble_are_brought_together(many):
    with transaction():
        other = make.bubble("Rives du Touch", admin=many.alice)
        foreign = make.enrolment(make.patient("Ada", "Zola"), other, followers=[])
    here = many.enrolment.id
    for name in ("alice", "jeanne", "mallory"):
        with pytest.raises(NotACaregiverError):
            assign_caregiver(
                many.alice, many.bubble, user_id=getattr(many, name).id, enrolment_ids=[here]
            )
    for ids in ([], [here, foreign.id], [here, 999]):
        with pytest.raises(NobodyChosenError):
            assign_caregiver(many.alice, many.bubble, user_id=many.chloe.id, enrolment_ids=ids)
    for name in ("bob", "chloe", "jeanne", "mallory"):
        with pytest.raises(ForbiddenError):
            assign_caregiver(
                getattr(many, name), many.bubble, user_id=many.chloe.id, enrolment_ids=[here]
            )
    assert followed_places(many.chloe) == []


def test_patients_are_ticked_on_a_page(many, sign_in, page):
    address = f"/bulles/{many.bubble.id}/patients/confier"
    alice = sign_in(many.alice)
    shown = page(alice.get(address))
    assert "Confier plusieurs patients à un accompagnant" in shown.text
    assert address in page(alice.get(f"/bulles/{many.bubble.id}/patients")).links
    wrong = page(alice.post(address, data={"user_id": "0"}))
    assert "Choisissez l’accompagnant qui les suivra." in wrong.text
    assert "Cochez au moins un patient." in wrong.text
    ids = [one.id for one in live_places(many.bubble.id)][:2]
    answer = alice.post(address, data={"user_id": many.chloe.id, "enrolment_ids": ids})
    told = page(alice.get(answer.location))
    assert "Chloé Lefèvre suit maintenant 2 patients de plus." in told.text
    for name, status in (("bob", 403), ("chloe", 403), ("jeanne", 404), ("mallory", 404)):
        browser = sign_in(getattr(many, name))
        assert browser.get(address).status_code == status
        sent = {"user_id": many.bob.id, "enrolment_ids": ids}
        assert browser.post(address, data=sent).status_code == status


# ── Told to those concerned ───────────────────────────────────────────────────────────────────


def test_who_begins_and_who_stops_following_is_told_without_a_name(cast, outbox):
    set_followers(cast.alice, cast.enrolment, user_ids=[cast.chloe.id])
    assert outbox.one(to=cast.chloe).subject == "Vous suivez une personne de plus"
    subjects = [mail.subject for mail in outbox.mails(to=cast.bob)]
    assert "Vous suivez une personne de moins" in subjects
    for mail in outbox.mails():
        assert "Jeanne" not in mail.subject + mail.text or mail.to == cast.jeanne.email


def test_the_end_of_a_place_is_told_to_the_patient_and_to_who_followed(cast, outbox):
    end_enrolment(cast.alice, cast.enrolment)
    told = outbox.one(to=cast.jeanne)
    assert told.subject == "Votre place dans une bulle a pris fin"
    assert "Tilleuls" not in told.text + told.html
    assert "Vous suivez une personne de moins" in [one.subject for one in outbox.mails(cast.bob)]


def test_a_bubble_that_closes_ends_every_place(cast, outbox):
    close_bubble(cast.alice, cast.bubble, typed_name="Les Tilleuls")
    assert queries.list_enrolments_of(cast.jeanne) == []
    assert live_places(cast.bubble.id) == []
    assert "Votre place dans une bulle a pris fin" in [m.subject for m in outbox.mails(cast.jeanne)]


# ── The same person twice ─────────────────────────────────────────────────────────────────────


@pytest.mark.covers("U45")
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("given", "family", "born", "refused"),
    [
        ("JEANNE", "roques", date(1951, 3, 9), True),
        ("Roques", "Jeanne", date(1951, 3, 9), True),
        ("Jeanne", "Villard", date(1951, 3, 9), True),  # her birth name
        ("Jeanne", "Roques", date(1951, 3, 10), False),
        ("Jean", "Roques", date(1951, 3, 9), False),
        ("Jeanne", "Roques", None, False),
    ],
)
def test_a_second_address_for_the_same_person_is_noticed(cast, given, family, born, refused):
    from bubbles.events import InvitationWanted
    from bubbles.vocabulary import InvitedAs, Invitee

    with transaction():
        db.session.get(Patient, cast.patient.id).birth_name = "Villard"
    wanted = {
        "bubble_id": cast.bubble.id,
        "email": "autre@example.org",
        "invited_as": InvitedAs.PATIENT,
        "invitee": Invitee(given, family, born),
    }
    publish(InvitationWanted(**wanted, despite_namesake=True))
    if refused:
        with pytest.raises(LooksLikePatientError):
            publish(InvitationWanted(**wanted))
    else:
        publish(InvitationWanted(**wanted))


def test_two_patients_alike_are_pointed_out_to_administrators(cast, sign_in, page):
    with transaction():
        twin = make.patient("JEANNE", "Roques", born=date(1951, 3, 9))
        make.enrolment(twin, cast.bubble, followers=[cast.bob])
    address = f"/bulles/{cast.bubble.id}/patients"
    words = "Même nom et même date de naissance"
    assert page(sign_in(cast.alice).get(address)).text.count(words) == 2
    assert words not in page(sign_in(cast.bob).get(address)).text
