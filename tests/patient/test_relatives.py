"""Acting for somebody who has no account: adding, correcting, removing, giving a place."""

from __future__ import annotations

import threading
from datetime import date
from types import MappingProxyType

import pytest

from core.authorization import INSTANCE
from core.database import db
from core.errors import ForbiddenError, NotFoundError
from core.transaction import transaction
from patient.errors import NotACaregiverError, RelativeKnownError, TooManyRelativesError
from patient.models import Enrolment, Guardianship, Patient
from patient.operations.relatives import (
    MOST_RELATIVES,
    CivilIdentity,
    add_relative,
    edit_relative,
    place_relative,
    remove_relative,
)
from patient.queries.places import list_enrolments_of, list_followers
from patient.queries.relatives import list_relatives_of
from patient.vocabulary import GuardianKind, Sex
from tests import factories as make

LUCAS = MappingProxyType(
    {
        "sex": "male",
        "given_name": "Lucas",
        "family_name": "Roques",
        "birth_name": "",
        "birth_date": "4/12/2014",
        "born_in": "france",
        "birth_place": "Albi",
        "birth_country": "",
        "street": "3 allée des Lilas",
        "postcode": "31240",
        "town": "Saint-Jean",
        "key": "k1",
    }
)


def identity(**changes) -> CivilIdentity:
    values = {
        "sex": Sex.MALE,
        "given_name": "Lucas",
        "family_name": "Roques",
        "birth_name": None,
        "birth_date": date(2014, 12, 4),
        "birth_place": "Albi",
        "birth_country": None,
        "street": "3 allée des Lilas",
        "postcode": "31240",
        "town": "Saint-Jean",
    }
    return CivilIdentity(**(values | changes))


@pytest.fixture
def lucas(cast):
    return add_relative(cast.jeanne, INSTANCE, identity())


@pytest.mark.covers("D63", "D64", "D65")
def test_a_relative_is_added_corrected_and_removed_through_the_pages(cast, sign_in, page):
    jeanne = sign_in(cast.jeanne)
    empty = page(jeanne.get("/compte/proches"))
    assert "Pas encore de proche" in empty.text
    assert "/compte/proches/ajouter" in empty.links
    form = page(jeanne.get("/compte/proches/ajouter"))
    for words in ("Sexe à l’état civil", "Nom de naissance", "Pays de naissance", "Code postal"):
        assert words in form.text
    shown = page(jeanne.post("/compte/proches/ajouter", data=LUCAS, follow_redirects=True))
    assert "Lucas Roques fait maintenant partie de vos proches." in shown.text
    assert "4 décembre 2014" in shown.text
    one = list_relatives_of(cast.jeanne)[0]
    db.session.rollback()
    known = page(jeanne.get(f"/compte/proches/{one.id}"))
    assert known.inputs["birth_place"] == "Albi"
    born_abroad = {**LUCAS, "born_in": "abroad", "birth_country": "Portugal", "birth_place": ""}
    jeanne.post(f"/compte/proches/{one.id}", data=born_abroad)
    db.session.expire_all()
    assert db.session.get(Patient, one.id).birthplace == "Portugal"
    asked = page(jeanne.get(f"/compte/proches/{one.id}/retrait"))
    assert "Ses rendez-vous à venir sont annulés" in asked.text
    assert len(list_relatives_of(cast.jeanne)) == 1
    gone = page(jeanne.post(f"/compte/proches/{one.id}/retrait", follow_redirects=True))
    assert "ne fait plus partie de vos proches" in gone.text
    assert list_relatives_of(cast.jeanne) == []


@pytest.mark.covers("D62")
def test_what_is_missing_is_said_once_and_nothing_typed_is_lost(cast, sign_in, page):
    jeanne = sign_in(cast.jeanne)
    wrong = {**LUCAS, "family_name": "", "given_name": "7", "birth_date": "4/14/2014"} | {
        "birth_place": " "
    }
    answer = jeanne.post("/compte/proches/ajouter", data=wrong)
    assert answer.status_code == 422
    shown = page(answer)
    assert shown.title.startswith("Erreur :")
    for words in ("Un nom contient", "Cette date n’existe pas", "Écrivez la ville de"):
        assert words in shown.text
    assert shown.inputs["given_name"] == "7"
    assert list_relatives_of(cast.jeanne) == []
    in_order = [shown.html.index(words) for words in ('href="#given_name"', 'href="#birth_date"')]
    assert in_order == sorted(in_order)


@pytest.mark.covers("D65")
def test_the_country_is_asked_of_who_was_born_abroad(cast, sign_in, page):
    jeanne = sign_in(cast.jeanne)
    wrong = {**LUCAS, "born_in": "abroad", "birth_place": ""}
    shown = page(jeanne.post("/compte/proches/ajouter", data=wrong))
    assert "Écrivez le pays de naissance" in shown.text
    assert "Écrivez la ville de naissance" not in shown.text


def test_the_same_person_is_not_added_twice(cast, sign_in, page, lucas):
    jeanne = sign_in(cast.jeanne)
    again = {**LUCAS, "given_name": "LUCAS", "family_name": "roqués", "key": "other"}
    answer = jeanne.post("/compte/proches/ajouter", data=again)
    assert answer.status_code == 409
    shown = page(answer)
    assert "Vous agissez déjà pour Lucas Roques" in shown.text
    assert shown.inputs["street"] == LUCAS["street"]
    with pytest.raises(RelativeKnownError):  # oneself is nobody's relative
        add_relative(
            cast.jeanne,
            INSTANCE,
            identity(given_name="Jeanne", birth_date=date(1951, 3, 9)),
        )
    assert [one.id for one in list_relatives_of(cast.jeanne)] == [lucas.id]


def test_a_form_sent_twice_adds_one_person(cast, sign_in):
    jeanne = sign_in(cast.jeanne)
    for _ in range(2):
        assert jeanne.post("/compte/proches/ajouter", data=LUCAS).status_code == 302
    assert len(list_relatives_of(cast.jeanne)) == 1


@pytest.mark.both_databases
def test_two_forms_at_the_same_instant_add_one_person(app, cast, database):
    start, told = threading.Barrier(2), []
    actor_id = cast.jeanne.id
    db.session.rollback()

    def add() -> None:
        from security.models import User

        with app.app_context():
            actor = db.session.get(User, actor_id)
            db.session.commit()
            start.wait(60)
            try:
                add_relative(actor, INSTANCE, identity())
                told.append("yes")
            except RelativeKnownError:
                told.append("known")
            db.session.remove()

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["known", "yes"]
    assert db.session.query(Guardianship).filter_by(kind=GuardianKind.RELATIVE).count() == 1


def test_a_family_is_not_a_directory(cast):
    for day in range(1, MOST_RELATIVES + 1):
        add_relative(cast.jeanne, INSTANCE, identity(birth_date=date(2014, 1, day)))
    with pytest.raises(TooManyRelativesError):
        add_relative(cast.jeanne, INSTANCE, identity())


def test_a_relative_gets_a_place_with_one_caregiver_and_the_administrators_are_told(
    cast, lucas, outbox
):
    place = place_relative(cast.jeanne, cast.enrolment, patient=lucas, caregiver_id=cast.bob.id)
    again = place_relative(cast.jeanne, cast.enrolment, patient=lucas, caregiver_id=cast.bob.id)
    assert again.id == place.id
    assert [user.id for user in list_followers(place.id)] == [cast.bob.id]
    assert {one.id for one in list_enrolments_of(cast.jeanne)} == {cast.enrolment.id, place.id}
    mails = outbox.mails(to=cast.alice)
    assert len(mails) == 1
    assert "Lucas" not in mails[0].text + mails[0].subject + mails[0].html


def test_a_place_is_given_only_with_who_follows_oneself_and_only_to_one_s_own(cast, lucas):
    with pytest.raises(NotACaregiverError):
        place_relative(cast.jeanne, cast.enrolment, patient=lucas, caregiver_id=cast.chloe.id)
    with transaction():
        paul = make.patient("Paul", "Estève")
    with pytest.raises(NotFoundError):
        place_relative(cast.jeanne, cast.enrolment, patient=paul, caregiver_id=cast.bob.id)
    with pytest.raises(ForbiddenError):
        place_relative(cast.mallory, cast.enrolment, patient=lucas, caregiver_id=cast.bob.id)
    with pytest.raises(ForbiddenError):
        edit_relative(cast.mallory, lucas, identity())
    with pytest.raises(ForbiddenError):
        remove_relative(cast.jeanne, cast.patient)  # oneself is nobody's relative


def test_removing_who_has_nobody_else_ends_their_places(cast, lucas, outbox):
    place = place_relative(cast.jeanne, cast.enrolment, patient=lucas, caregiver_id=cast.bob.id)
    remove_relative(cast.jeanne, lucas)
    db.session.expire_all()
    assert db.session.get(Enrolment, place.id).ended_at is not None
    assert list_followers(place.id) == []
    assert db.session.get(Patient, lucas.id) is not None  # what was written of them stays


def test_removing_who_has_somebody_else_changes_nothing_in_their_care(cast, lucas):
    place = place_relative(cast.jeanne, cast.enrolment, patient=lucas, caregiver_id=cast.bob.id)
    with transaction():
        make._add(
            Guardianship(user_id=cast.mallory.id, patient_id=lucas.id, kind=GuardianKind.RELATIVE)
        )
    remove_relative(cast.jeanne, lucas)
    db.session.expire_all()
    assert db.session.get(Enrolment, place.id).ended_at is None
    assert list_relatives_of(cast.jeanne) == []


def test_somebody_else_s_relative_does_not_exist(cast, sign_in, lucas):
    mallory = sign_in(cast.mallory)
    for path in ("", "/retrait"):
        assert mallory.get(f"/compte/proches/{lucas.id}{path}").status_code == 404
        assert mallory.post(f"/compte/proches/{lucas.id}{path}", data=LUCAS).status_code == 404
    assert sign_in(cast.jeanne).get(f"/compte/proches/{cast.patient.id}").status_code == 404
