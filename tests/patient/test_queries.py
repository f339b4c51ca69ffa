"""What each person sees of people cared for, and what they do not."""

from __future__ import annotations

import pytest

from bubbles.queries import get_membership
from core.database import db
from core.errors import NotFoundError
from core.transaction import transaction
from patient import policy
from patient.models import Guardianship
from patient.operations.places import end_enrolment
from patient.queries import places as queries
from patient.queries.lists import Wanted, list_in_bubble_for
from patient.vocabulary import GuardianKind
from tests import factories as make
from tests.patient.seen import followed_places

EVERYBODY = ("alice", "bob", "chloe", "jeanne", "mallory")


def reached(cast, get, *args) -> set[str]:
    names = set()
    for name in EVERYBODY:
        try:
            get(getattr(cast, name), *args)
        except NotFoundError:
            continue
        names.add(name)
    return names


@pytest.mark.covers("M4")
@pytest.mark.both_databases
def test_a_place_is_reached_by_its_patient_and_by_who_follows_them(cast):
    place = cast.enrolment.id
    assert reached(cast, queries.get_enrolment_for, place) == {"bob", "jeanne"}
    assert reached(cast, queries.get_followed_enrolment_for, place) == {"bob"}
    bubble = cast.bubble.id
    assert reached(cast, queries.get_bubble_enrolment_for, bubble, place) == {"alice", "bob"}


def test_a_place_is_not_reached_through_another_bubble(cast):
    with transaction():
        other = make.bubble("Rives du Touch", admin=cast.alice)
    with pytest.raises(NotFoundError):
        queries.get_bubble_enrolment_for(cast.alice, other.id, cast.enrolment.id)


@pytest.mark.both_databases
@pytest.mark.parametrize("number", [0, 999, 2**31, 2**63, 10**30])
def test_an_address_with_any_number_finds_nothing(cast, number):
    with pytest.raises(NotFoundError):
        queries.get_enrolment_for(cast.bob, number)


def test_a_place_that_has_ended_is_reached_by_nobody(cast):
    end_enrolment(cast.alice, cast.enrolment)
    assert reached(cast, queries.get_enrolment_for, cast.enrolment.id) == set()
    assert not policy.acts_for(cast.jeanne, cast.enrolment)
    assert not policy.follows(cast.bob, cast.enrolment)


def test_an_assignment_counts_only_while_one_is_a_caregiver_there(cast):
    with transaction():
        membership = get_membership(cast.bob.id, cast.bubble.id)
        membership.is_admin, membership.is_caregiver = True, False
    assert reached(cast, queries.get_followed_enrolment_for, cast.enrolment.id) == set()
    assert queries.list_followers(cast.enrolment.id) == []
    assert not policy.follows(cast.bob, cast.enrolment)


def test_a_closed_account_neither_follows_nor_acts_for_anybody(cast):
    with transaction():
        cast.bob.is_enabled = False
        cast.jeanne.is_enabled = False
        db.session.merge(cast.bob)
        db.session.merge(cast.jeanne)
    assert queries.list_followers(cast.enrolment.id) == []
    assert queries.guardian_ids(cast.patient.id) == []


def test_a_relative_acts_for_the_patient_without_being_them(cast):
    with transaction():
        guardianship = Guardianship(
            user_id=cast.mallory.id, patient_id=cast.patient.id, kind=GuardianKind.RELATIVE
        )
        db.session.add(guardianship)
    assert queries.get_own_patient(cast.mallory) is None
    assert queries.get_enrolment_for(cast.mallory, cast.enrolment.id).id == cast.enrolment.id
    assert policy.acts_for(cast.mallory, cast.enrolment)
    assert queries.guardian_ids(cast.patient.id) == sorted([cast.jeanne.id, cast.mallory.id])


def test_administrators_see_every_patient_and_caregivers_those_they_follow(cast):
    seen = {
        name: [
            one.id
            for one in list_in_bubble_for(getattr(cast, name), cast.bubble.id, Wanted()).items
        ]
        for name in EVERYBODY
    }
    here = [cast.enrolment.id]
    assert seen == {"alice": here, "bob": here, "chloe": [], "jeanne": [], "mallory": []}
    counts = [
        queries.count_bubble_enrolments_for(getattr(cast, name), cast.bubble.id)
        for name in EVERYBODY
    ]
    assert counts == [1, 1, 0, 0, 0]


@pytest.mark.both_databases
def test_names_are_sorted_as_in_a_directory_whatever_their_accents(cast):
    with transaction():
        for family_name in ("Zola", "Éluard", "Eco", "d’Abo"):
            make.enrolment(make.patient("Ada", family_name), cast.bubble, followers=[cast.bob])
    names = [one.patient.family_name for one in followed_places(cast.bob)]
    assert names == ["d’Abo", "Eco", "Éluard", "Roques", "Zola"]
