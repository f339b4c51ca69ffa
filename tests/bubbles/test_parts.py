"""Inviting a caregiver asks for three things; inviting a patient asks who will follow them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bubbles.models import Invitation
from core.database import db
from tests.bubbles.acts import NEW

OF_PATIENTS = {"followers", "nobody_yet", "birth_date"}
HIDDEN = {"csrf_token", "key", "invited_as"}
PAGES = {"/nouvelle": {"email": NEW}, "/plusieurs": {"addresses": NEW}}
PAPER = {"given_name": "Jeanne", "family_name": "Ferrand"}


@pytest.fixture
def alice(cast, sign_in):
    return sign_in(cast.alice)


def at(cast, path: str) -> str:
    return f"/bulles/{cast.bubble.id}/invitations{path}"


def fields(shown) -> set[str]:
    form = shown.html.partition("data-role-form")[2].partition("</form>")[0]
    return {part.partition('"')[0] for part in form.split(' name="')[1:]}


@pytest.mark.parametrize("path", ["/nouvelle", "/plusieurs", "/feuille"])
@pytest.mark.parametrize("role", ["caregiver", "patient"])
def test_each_part_has_its_own_fields_without_script(cast, alice, page, path, role):
    shown = page(alice.get(at(cast, f"{path}?role={role}")))
    other = "patient" if role == "caregiver" else "caregiver"
    assert shown.inputs["invited_as"] == role
    assert any(link.endswith(f"{path}?role={other}") for link in shown.links)
    assert bool(fields(shown) & OF_PATIENTS) is (role == "patient")


def test_a_caregiver_is_invited_with_three_fields(cast, alice, page):
    shown = page(alice.get(at(cast, "/nouvelle?role=caregiver")))
    assert fields(shown) - HIDDEN == {"email", "full_name", "word"}
    alice.post(
        at(cast, "/nouvelle"),
        data={"invited_as": "caregiver", "email": NEW, "full_name": "Camille LE GOFF"},
    )
    made = db.session.scalar(select(Invitation))
    assert (made.given_name, made.family_name) == ("Camille", "LE GOFF")


@pytest.mark.parametrize("role", ["boss", "", "patient&role=caregiver"])
def test_another_part_is_none(cast, alice, role):
    assert alice.get(at(cast, f"/nouvelle?role={role}")).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_what_belongs_to_patients_is_not_kept_of_a_caregiver(cast, alice, path):
    left_behind = {
        "followers": [cast.bob.id],
        "nobody_yet": "y",
        "birth_date": "31/2/1951",
    }
    answer = alice.post(
        at(cast, path), data={"invited_as": "caregiver", **PAGES[path], **left_behind}
    )
    assert answer.status_code == 302
    made = db.session.scalar(select(Invitation))
    assert made.followers == []
    assert made.birth_date is None


@pytest.mark.parametrize("path", [*PAGES, "/feuille"])
def test_a_patient_leaves_only_once_it_is_said_who_follows(cast, alice, page, path):
    data = {"invited_as": "patient", **PAGES.get(path, PAPER)}

    refused = alice.post(at(cast, path), data=data)
    assert refused.status_code == 422
    assert "Cochez qui suivra cette personne" in page(refused).text
    assert page(refused).inputs["invited_as"] == "patient"
    both = alice.post(at(cast, path), data={**data, "nobody_yet": "y", "followers": cast.bob.id})
    assert both.status_code == 422
    assert "gardez l’un des deux" in page(both).text
    assert db.session.scalar(select(Invitation)) is None

    assert alice.post(at(cast, path), data={**data, "nobody_yet": "y"}).status_code in {200, 302}
    assert db.session.scalar(select(Invitation)).followers == []


@pytest.mark.parametrize("path", [*PAGES, "/feuille"])
def test_a_patient_with_a_follower_leaves(cast, alice, path):
    data = {"invited_as": "patient", **PAGES.get(path, PAPER), "followers": cast.bob.id}
    assert alice.post(at(cast, path), data=data).status_code in {200, 302}
    assert [user.id for user in db.session.scalar(select(Invitation)).followers] == [cast.bob.id]


def test_a_bubble_without_caregivers_says_nobody_too(cast, alice, page):
    from bubbles.operations.members import remove_member
    from tests.bubbles.acts import membership

    for user in (cast.bob, cast.chloe):
        remove_member(cast.alice, membership(user, cast.bubble))
    data = {"invited_as": "patient", "email": NEW}
    refused = alice.post(at(cast, "/nouvelle"), data=data)
    assert refused.status_code == 422
    assert "Sans personne pour l’instant" in page(refused).text
    assert alice.post(at(cast, "/nouvelle"), data={**data, "nobody_yet": "y"}).status_code == 302


def test_a_team_of_a_hundred_makes_no_form_of_a_hundred_fields(cast, alice, page):
    from core.transaction import transaction
    from tests import factories as make

    with transaction():
        for number in range(100):
            make.caregiver(make.user(f"c{number}"), cast.bubble)
    for path in ("/nouvelle", "/plusieurs", "/feuille"):
        shown = page(alice.get(at(cast, f"{path}?role=patient")))
        form = shown.html.partition("data-role-form")[2].partition("</form>")[0]
        assert form.count(' name="') <= 80
