"""From the link of a mail to a place in the bubble, as people follow it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bubbles import queries

NEW = "camille@example.org"


@pytest.fixture
def alice(cast, sign_in):
    return sign_in(cast.alice)


def at(cast, path: str = "") -> str:
    return f"/bulles/{cast.bubble.id}{path}"


def send(browser, cast, **values):
    form = {"invited_as": "caregiver", "email": NEW, "key": values.pop("key", "k1"), **values}
    return browser.post(at(cast, "/invitations/nouvelle"), data=form)


def link_to(outbox, email: str = NEW) -> str:
    return outbox.one(email).link("/invitations/")


@pytest.mark.covers("U43")
def test_a_mail_scanner_that_follows_the_link_changes_nothing(cast, alice, visitor, page, outbox):
    send(alice, cast)
    link = link_to(outbox)

    for _ in range(3):
        answer = visitor.get(link)
        assert answer.status_code == 200

    shown = page(answer)
    assert "Une équipe de soins vous invite" in shown.text
    assert "c•••••@example.org" in shown.text
    assert NEW not in shown.text
    assert "Ouverte" not in page(alice.get(at(cast, "/invitations"))).text


def test_a_new_person_goes_on_to_create_an_account_with_that_address(
    cast, alice, visitor, page, outbox
):
    send(alice, cast)
    link = link_to(outbox)

    answer = visitor.post(f"{link}/ouverture")

    assert answer.location == "/inscription/code"
    assert outbox.one(NEW).code
    assert "Ouverte" in page(alice.get(at(cast, "/invitations"))).text


def test_who_has_an_account_goes_on_to_sign_in_and_comes_back(cast, alice, visitor, outbox):
    send(alice, cast, email=cast.mallory.email)
    link = link_to(outbox, cast.mallory.email)

    answer = visitor.post(f"{link}/ouverture", data={"compte": "oui"})

    assert answer.location.startswith("/connexion?suite=")
    assert "invitations" in answer.location


def test_an_existing_account_accepts_in_one_press(cast, alice, sign_in, page, outbox):
    send(alice, cast, email=cast.mallory.email)
    link = link_to(outbox, cast.mallory.email)
    browser = sign_in(cast.mallory)

    shown = page(browser.get(link))
    assert f"{link}/acceptation" in shown.actions
    answer = browser.post(f"{link}/acceptation", follow_redirects=True)

    assert "Vous voilà accompagnant" in page(answer).text
    assert queries.is_live_caregiver(cast.mallory.id, cast.bubble.id)
    assert "déjà accepté" in page(browser.get(link)).text
    assert browser.post(f"{link}/acceptation").status_code == 302


def test_another_account_is_told_for_whom_it_is_and_cannot_accept(
    cast, alice, sign_in, page, outbox
):
    send(alice, cast)
    link = link_to(outbox)
    browser = sign_in(cast.mallory)

    shown = page(browser.get(link))
    assert "n’est pas pour ce compte" in shown.text
    assert "c•••••@example.org" in shown.text
    assert "/deconnexion" in shown.actions
    assert f"{link}/acceptation" not in shown.actions
    assert browser.post(f"{link}/acceptation").status_code == 404


def test_a_dead_link_says_why_to_its_addressee_only(
    cast, alice, sign_in, visitor, page, outbox, travel_to
):
    send(alice, cast, email=cast.mallory.email)
    link = link_to(outbox, cast.mallory.email)
    browser, other = sign_in(cast.mallory), sign_in(cast.bob)
    unknown = visitor.get("/invitations/never-written")
    travel_to(timedelta(days=14))
    browser, other = sign_in(cast.mallory), sign_in(cast.bob)

    assert "a expiré" in page(browser.get(link)).text
    assert browser.post(f"{link}/acceptation").status_code == 409
    for stranger in (visitor, other):
        assert stranger.get(link).status_code == unknown.status_code == 404
    assert page(visitor.get(link)).text == page(unknown).text
    assert visitor.post(f"{link}/ouverture").status_code == 404
    assert "Les Tilleuls" not in page(other.get(link)).text


def test_the_secret_of_the_link_goes_to_no_other_site(cast, alice, visitor, outbox):
    send(alice, cast)

    answer = visitor.get(link_to(outbox))

    assert answer.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert answer.headers["Cache-Control"] == "no-store"
