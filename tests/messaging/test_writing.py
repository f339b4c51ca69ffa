"""Choosing whom to write to: nobody is taken for somebody else."""

from __future__ import annotations

from datetime import date

import pytest

from core import wording
from core.transaction import transaction
from tests import factories as make

WRITE = "/messages/ecrire"


def namesake(cast, born: date):
    """Another Jeanne Roques, whom Bob follows too."""
    with transaction():
        patient = make.patient("Jeanne", "Roques", born=born)
        return make.enrolment(patient, cast.bubble, followers=[cast.bob])


def test_each_person_is_named_in_full_with_their_bubble(cast, sign_in, page):
    shown = page(sign_in(cast.bob).get(WRITE))
    assert "À qui écrivez-vous ?" in shown.text
    assert cast.enrolment.patient.name in shown.text
    assert cast.bubble.name in shown.text
    assert f"/messages/avec/{cast.enrolment.id}/{cast.bob.id}" in shown.links
    assert f"/messages/autour/{cast.enrolment.id}" in shown.links
    assert WRITE in page(sign_in(cast.bob).get("/messages")).links


@pytest.mark.both_databases
def test_birth_dates_tell_namesakes_apart_and_only_them(cast, sign_in, page):
    bob = sign_in(cast.bob)
    assert "date de naissance" not in page(bob.get(WRITE)).text
    other = namesake(cast, date(1948, 5, 1))
    shown = page(bob.get(WRITE)).text
    assert "date de naissance : 1er mai 1948" in shown

    confirmed = page(bob.get(f"/messages/autour/{other.id}"))
    assert "1er mai 1948" in confirmed.text
    assert cast.bubble.name in confirmed.text
    assert "Jeanne Roques" in confirmed.text


@pytest.mark.parametrize("typed", ["roques", "RÔQUES jea", " Jéanne ", "tilleuls"])
def test_people_are_found_without_accents(cast, sign_in, page, typed):
    shown = page(sign_in(cast.bob).get(WRITE, query_string={"q": typed}))
    assert cast.enrolment.patient.name in shown.text
    none = page(sign_in(cast.bob).get(WRITE, query_string={"q": "zzz"}))
    assert "Personne à qui vous pouvez écrire ne porte ce nom." in none.text


def test_nobody_else_is_offered(cast, sign_in, page):
    for stranger in (cast.mallory, cast.chloe):
        assert cast.enrolment.patient.name not in page(sign_in(stranger).get(WRITE)).text


def test_a_patient_sees_who_follows_them_and_the_box_says_whom_it_reaches(cast, sign_in, page):
    jeanne = sign_in(cast.jeanne)
    assert cast.bob.display_name in page(jeanne.get(WRITE)).text
    box = page(jeanne.get(f"/messages/avec/{cast.enrolment.id}/{cast.bob.id}"))
    assert f"Envoyer à {cast.bob.display_name}" in box.html


def test_names_that_share_a_word_are_told_apart():
    people = [(1, "Léo Martin", "a"), (2, "Lea MARTIN", "b"), (3, "Ana Roux", "c")]
    assert wording.told_apart(people) == [
        (1, "Léo Martin (a)"),
        (2, "Lea MARTIN (b)"),
        (3, "Ana Roux"),
    ]
