"""The photo of a caregiver: put there, framed, replaced, removed, and who sees it."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bubbles.operations.members import remove_member
from bubbles.queries import get_membership
from caregiver import queries
from core.transaction import transaction
from tests import factories as make
from tests.caregiver.conftest import send, stored_count
from tests.uploads.conftest import make_picture
from tests.uploads.sending import sent

PROFILE = "/parametres/profil"
NAMES = {"given_name": "Bob", "family_name": "Garnier"}


def hang(browser, content: bytes | None = None, name="moi.jpg", **values):
    photo = (io.BytesIO(make_picture(size=(300, 200)) if content is None else content), name)
    return send(browser, PROFILE, {**NAMES, "photo": photo, **values})


def half_and_half() -> bytes:
    """A picture whose left half is red, and whose right half is blue."""
    picture = Image.new("RGB", (400, 200), (255, 0, 0))
    picture.paste((0, 0, 255), (200, 0, 400, 200))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def colour(answer) -> tuple[object, ...]:
    picture = Image.open(io.BytesIO(answer.data)).convert("RGB")
    return tuple(channel.getpixel((256, 256)) for channel in picture.split())


@pytest.mark.covers("M16", "M25")
def test_a_photo_is_put_replaced_and_removed_by_the_one_button(app, cast, bob, page, outbox):
    assert "vos initiales vous représentent" in page(bob.get(PROFILE)).text
    place = f"/portraits/{cast.bob.id}"
    assert bob.get(place).status_code == 404

    assert hang(bob).status_code == 302
    first = queries.portraits_of([cast.bob.id, cast.alice.id])
    assert set(first) == {cast.bob.id}
    answer = bob.get(place)
    assert answer.mimetype == "image/jpeg"
    assert f"{place}?v={first[cast.bob.id]}" in page(bob.get(PROFILE)).html

    hang(bob, half_and_half(), "autre.png")
    assert queries.portraits_of([cast.bob.id]) != first
    outbox.deliver()
    assert stored_count(app) == (1, 1)

    send(bob, PROFILE, {**NAMES, "without_photo": "y"})
    outbox.deliver()
    assert queries.portraits_of([cast.bob.id]) == {}
    assert bob.get(place).status_code == 404
    assert stored_count(app) == (0, 0)


@pytest.mark.parametrize(
    ("crop", "is_right_colour"),
    [
        (("0", "0", "1"), lambda red, blue: red > 200 and blue < 60),
        (("0.5", "0", "1"), lambda red, blue: blue > 200 and red < 60),
    ],
)
def test_the_chosen_part_is_kept(cast, bob, crop, is_right_colour):
    values = dict(zip(("crop_left", "crop_top", "crop_side"), crop, strict=True))
    hang(bob, half_and_half(), "moi.png", **values)

    red, _green, blue = colour(bob.get(f"/portraits/{cast.bob.id}"))
    assert is_right_colour(red, blue)


@pytest.mark.parametrize(
    "crop", [("", "", ""), ("x", "0", "1"), ("-1", "0", "1"), ("0", "0", "nan")]
)
def test_without_a_frame_the_middle_is_kept_whatever_comes(cast, bob, crop):
    values = dict(zip(("crop_left", "crop_top", "crop_side"), crop, strict=True))
    answer = hang(bob, half_and_half(), "moi.png", **values)

    assert answer.status_code in {302, 422}
    if answer.status_code == 302:
        assert bob.get(f"/portraits/{cast.bob.id}").status_code == 200


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 no picture", b"<svg onload='alert(1)'/>"])
def test_what_is_no_photo_is_refused_in_words_and_saves_nothing(app, cast, bob, page, content):
    answer = hang(bob, content, "moi.jpg", profession="Sage-femme")

    assert answer.status_code == 422
    assert page(answer).title.startswith("Erreur")
    assert queries.professions_of([cast.bob.id]) == {cast.bob.id: "Infirmier"}
    assert stored_count(app) == (0, 0)


def test_a_photo_is_seen_by_those_who_share_a_bubble_and_by_nobody_else(
    cast, bob, sign_in, visitor
):
    hang(bob)
    place = f"/portraits/{cast.bob.id}"
    for person in (cast.bob, cast.alice, cast.chloe, cast.jeanne):
        assert sign_in(person).get(place).status_code == 200, person.display_name
    with transaction():
        erik = make.user("erik", "Erik Blanc")
        make.bubble("Rives du Touch", admin=erik)
    for person in (cast.mallory, erik):
        assert sign_in(person).get(place).status_code == 404, person.display_name
    assert visitor.get(place).location.startswith("/connexion")
    assert bob.get("/portraits/99999999999999999999").status_code == 404


def test_who_left_and_whose_place_ended_see_it_no_more(cast, bob, sign_in):
    hang(bob)
    chloe, jeanne = sign_in(cast.chloe), sign_in(cast.jeanne)
    remove_member(cast.alice, get_membership(cast.bob.id, cast.bubble.id))

    place = f"/portraits/{cast.bob.id}"
    assert [one.get(place).status_code for one in (chloe, jeanne, bob)] == [404, 404, 200]


@pytest.mark.covers("M79")
def test_the_members_are_listed_with_photo_profession_and_role(cast, bob, sign_in, page):
    hang(bob)
    shown = page(sign_in(cast.chloe).get(f"/bulles/{cast.bubble.id}/accompagnants"))

    assert f"/portraits/{cast.bob.id}?v=" in shown.html
    assert "Bob Garnier" in shown.text
    assert "Psychologue" in shown.text
    assert "Administre la bulle" in shown.text


@pytest.mark.covers("M79", "M81")
def test_only_administrators_are_led_to_the_roles_of_others(cast, bob, sign_in, page):
    path = f"/bulles/{cast.bubble.id}/accompagnants"
    assert "Chloé Lefèvre" in page(bob.get(path)).text
    assert "Rôle et accès" not in page(bob.get(path)).text
    assert page(sign_in(cast.alice).get(path)).text.count("Rôle et accès") == 2


def test_the_list_of_caregivers_costs_the_same_for_many_as_for_few(cast, bob, count_queries):
    path = f"/bulles/{cast.bubble.id}/accompagnants"

    def cost():
        with count_queries() as count:
            assert bob.get(path).status_code == 200
        return count.total

    cost()
    few = cost()
    with transaction():
        for _ in range(15):
            make.caregiver(make.user(), cast.bubble)
    cost()
    assert cost() == few


def test_a_photo_that_came_in_parts_before_the_form_is_taken_once(app, cast, bob, outbox):
    upload = sent(cast.bob, half_and_half(), "moi.png")

    answer = send(bob, PROFILE, {**NAMES, "photo_envoi": upload.reference, "crop_left": "0.5",
                                 "crop_top": "0", "crop_side": "1"})  # fmt: skip

    assert answer.status_code == 302
    red, _green, blue = colour(bob.get(f"/portraits/{cast.bob.id}"))
    assert blue > 200
    assert red < 60
    outbox.deliver()
    assert stored_count(app) == (1, 1)


def test_a_photo_that_waits_is_named_by_the_form_that_comes_back(cast, bob, page):
    upload = sent(cast.bob, half_and_half(), "moi.png")

    again = send(bob, PROFILE, {"phone": "12", "photo_envoi": upload.reference})

    assert again.status_code == 422
    assert f'name="photo_envoi" value="{upload.reference}"' in page(again).html
