"""What a caregiver says of themselves, read by those who share a bubble with them."""

from __future__ import annotations

import pytest

from bubbles.operations.members import remove_member
from bubbles.queries import get_membership
from caregiver.operations.profile import Face, Line, update_profile
from caregiver.queries import get_own_caregiver
from caregiver.vocabulary import FeeSector, LineKind, PaymentMethod
from core.transaction import transaction
from patient.operations.places import end_enrolment
from tests import factories as make


@pytest.fixture
def place(cast):
    face = Face(
        given_name="Bob",
        family_name="Garnier",
        profession="Infirmier",
        about="Je passe le matin.\n<script>alert(1)</script>",
        acts=["Pansements"],
        languages=["français", "arabe"],
        payment=[PaymentMethod.CARD],
        sector=FeeSector.SECTOR_1,
        lines={
            LineKind.CAREER: [Line("Saint-Jean", period="Depuis 2016")],
            LineKind.FEE: [Line("Pansement", cents=4840), Line("Visite", cents=2500)],
        },
    )
    update_profile(cast.bob, get_own_caregiver(cast.bob), face=face)
    return f"/accompagnants/{cast.bob.id}"


@pytest.mark.covers("M25")
def test_a_patient_reads_what_their_caregiver_wrote_and_books(cast, sign_in, page, place):
    jeanne = sign_in(cast.jeanne)
    home = page(jeanne.get("/accueil"))
    assert f'href="{place}"' in home.html

    shown = page(jeanne.get(place))

    for words in ("Bob Garnier", "Infirmier", "Je passe le matin.", "Pansements", "français, arabe",
                  "Secteur 1", "Carte bancaire", "Depuis 2016", "48,40 €", "25 €"):  # fmt: skip
        assert words in shown.text.replace("\xa0", " ").replace("\u202f", " "), words
    assert "<script>alert" not in shown.html
    assert f"avec={cast.enrolment.id}-{cast.bob.id}" in shown.html


def test_only_those_who_share_a_bubble_reach_it(cast, sign_in, visitor, place):
    for person in (cast.jeanne, cast.alice, cast.chloe, cast.bob):
        assert sign_in(person).get(place).status_code == 200, person.email
    assert sign_in(cast.mallory).get(place).status_code == 404
    assert visitor.get(place).status_code == 302
    assert sign_in(cast.jeanne).get("/accompagnants/2147483648").status_code == 404


def test_a_colleague_without_a_face_or_who_left_is_not_found(cast, sign_in, place):
    with transaction():
        other = make.user("paul", "Paul Roques")
        make.membership(other, cast.bubble, is_admin=True)
    jeanne = sign_in(cast.jeanne)
    assert jeanne.get(f"/accompagnants/{other.id}").status_code == 404

    remove_member(cast.alice, get_membership(cast.bob.id, cast.bubble.id))
    assert jeanne.get(place).status_code == 404


def test_a_patient_whose_place_has_ended_reads_it_no_more(cast, sign_in, place):
    end_enrolment(cast.alice, cast.enrolment)
    assert sign_in(cast.jeanne).get(place).status_code == 404


def test_a_colleague_is_offered_nothing_to_book(cast, sign_in, page, place):
    shown = page(sign_in(cast.chloe).get(place))
    assert "avec=" not in shown.html


def test_who_wrote_nothing_says_so(cast, sign_in, page):
    shown = page(sign_in(cast.bob).get(f"/accompagnants/{cast.bob.id}"))
    assert "n’a encore rien écrit" in shown.text
