"""Making an account from an invitation: what it knows is not typed, nor shown before the proof."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from bubbles.operations.inviting import invite
from bubbles.operations.members import remove_member
from bubbles.vocabulary import InvitedAs, Invitee
from core.database import db
from security.models import SignUp, User
from security.operations.codes import MAX_TRIES
from tests.bubbles.acts import NEW, make_user, membership, second_admin
from tests.cast import PASSWORD

KNOWN = Invitee("Camille", "Roussel", date(1951, 3, 9))


@pytest.fixture
def invite_as(cast, outbox):
    def send(part, sender=None):
        invite(
            sender or cast.alice,
            cast.bubble,
            email=NEW,
            invited_as=part,
            invitee=KNOWN,
            follower_ids=[cast.bob.id] if part is InvitedAs.PATIENT else (),
        )
        return outbox.one(NEW).link("/invitations/")

    return send


def code_in(outbox) -> str:
    return outbox.one(NEW).code


def go_to_code(browser, link) -> None:
    assert browser.post(f"{link}/ouverture").location == "/inscription/code"


def prove(browser, link, outbox) -> None:
    go_to_code(browser, link)
    answer = browser.post("/inscription/code", data={"code": code_in(outbox)})
    assert answer.location == "/inscription/nom"


def sign_up(browser, link, outbox, page, **names):
    prove(browser, link, outbox)
    shown = page(browser.get("/inscription/nom")).inputs
    fields = {key: shown[key] for key in ("given_name", "family_name")} | names
    assert browser.post("/inscription/nom", data=fields).location == "/inscription/mot-de-passe"
    answer = browser.post("/inscription/mot-de-passe", data={"password": PASSWORD})
    assert answer.location == "/inscription/conditions"
    answer = browser.post("/inscription/conditions", data={"terms": "y"})
    assert answer.location.startswith("/inscription/vos-donnees")
    return answer.location


@pytest.mark.both_databases
@pytest.mark.parametrize("part", InvitedAs)
def test_nothing_that_the_invitation_knows_is_typed(
    cast, invite_as, visitor, outbox, page, part, database
):
    link = invite_as(part)
    data_page = sign_up(visitor, link, outbox, page)
    visitor.post(data_page, data={"suite": link})

    shown = page(visitor.get(link))
    assert "Les Tilleuls" in shown.text
    if part is InvitedAs.PATIENT:
        asked = page(visitor.get(f"{link}/identite")).inputs
        names = ("given_name", "family_name", "birth_date")
        known = {name: asked[name] for name in names}
        assert list(known.values()) == ["Camille", "Roussel", "09/03/1951"]
        assert visitor.post(f"{link}/identite", data=known).status_code == 302
    else:
        assert visitor.post(f"{link}/acceptation").status_code == 302
        user = db.session.scalar(select(User).where(User.email == NEW))
        assert membership(user, cast.bubble).is_caregiver
    user = db.session.scalar(select(User).where(User.email == NEW))
    assert user.display_name == "Camille Roussel"
    assert user.email_proved_at is not None


def test_names_show_once_the_address_is_proved_and_not_before(invite_as, visitor, outbox, page):
    link = invite_as(InvitedAs.PATIENT)
    go_to_code(visitor, link)
    for path in (
        "/inscription/code",
        "/inscription/nom",
        "/inscription/mot-de-passe",
        "/inscription",
    ):
        html = visitor.get(path, follow_redirects=True).get_data(as_text=True)
        assert "Camille" not in html
        assert "Roussel" not in html
        assert NEW not in html
    assert visitor.get("/inscription/conditions").location == "/inscription/code"
    visitor.post("/inscription/code", data={"code": code_in(outbox)})
    shown = page(visitor.get("/inscription/nom")).inputs
    assert (shown["given_name"], shown["family_name"]) == ("Camille", "Roussel")


def test_a_name_corrected_is_not_asked_again(invite_as, visitor, outbox, page, travel_to):
    link = invite_as(InvitedAs.PATIENT)
    travel_to(timedelta(minutes=5))
    sign_up(visitor, link, outbox, page, given_name="Camilla")
    asked = page(visitor.get(f"{link}/identite")).inputs
    assert (asked["given_name"], asked["family_name"]) == ("Camilla", "Roussel")


@pytest.mark.parametrize("part", InvitedAs)
def test_steps_are_counted_to_the_end(invite_as, visitor, outbox, page, part):
    total = {InvitedAs.CAREGIVER: 6, InvitedAs.PATIENT: 7}[part]
    link = invite_as(part)
    go_to_code(visitor, link)
    shown = page(visitor.get("/inscription/code")).text
    assert "Étape 1 sur" in shown
    seen = int(shown.partition("Étape 1 sur ")[2].split()[0].strip(".,"))
    assert seen in {total, total + 1}  # one more where a phone can be proved
    visitor.post("/inscription/code", data={"code": code_in(outbox)})
    assert f"Étape 2 sur {seen}" in page(visitor.get("/inscription/nom")).text
    visitor.post("/inscription/nom", data={"given_name": "C", "family_name": "R"})
    assert f"Étape 3 sur {seen}" in page(visitor.get("/inscription/mot-de-passe")).text
    visitor.post("/inscription/mot-de-passe", data={"password": PASSWORD})
    assert f"Étape 4 sur {seen}" in page(visitor.get("/inscription/conditions")).text
    after = visitor.post("/inscription/conditions", data={"terms": "y"}).location
    assert f"Étape 5 sur {seen}" in page(visitor.get(after)).text


def test_an_address_with_an_account_is_led_to_sign_in_by_its_mail_alone(
    invite_as, visitor, outbox, page
):
    link = invite_as(InvitedAs.CAREGIVER)
    go_to_code(visitor, link)
    without = page(visitor.get("/inscription/code")).text
    make_user("camille")
    other = visitor.application.test_client()
    go_to_code(other, link)
    assert page(other.get("/inscription/code")).text == without  # the page tells nobody
    mail = outbox.one(NEW)
    assert "déjà un compte" in mail.subject
    assert f"/connexion?suite={link.replace('/', '%2F')}" in mail.text
    assert other.post("/inscription/code", data={"code": "123456"}).status_code == 422


def test_pressed_again_it_sends_no_second_code(invite_as, visitor, outbox):
    link = invite_as(InvitedAs.CAREGIVER)
    go_to_code(visitor, link)
    go_to_code(visitor, link)
    assert len(outbox.mails(NEW)) == 2  # the invitation, and one code


def test_a_wrong_code_proves_nothing_and_five_are_enough(invite_as, visitor, outbox):
    link = invite_as(InvitedAs.CAREGIVER)
    go_to_code(visitor, link)
    right = code_in(outbox)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(MAX_TRIES):
        visitor.post("/inscription/code", data={"code": wrong})
    assert visitor.post("/inscription/code", data={"code": right}).status_code == 422
    assert visitor.get("/inscription/nom").location == "/inscription/code"
    assert db.session.scalar(select(SignUp.proved_at)) is None
    go_to_code(visitor, link)  # another code may be asked for, within the brakes
    assert db.session.scalar(select(func.count()).select_from(SignUp)) == 2


def test_the_terms_make_one_account(invite_as, visitor, outbox, page):
    link = invite_as(InvitedAs.CAREGIVER)
    sign_up(visitor, link, outbox, page)
    visitor.post("/inscription/conditions", data={"terms": "y"})
    assert db.session.scalar(select(func.count()).select_from(User).where(User.email == NEW)) == 1


def test_terms_are_needed_and_nothing_is_created_before(invite_as, visitor, outbox, page):
    link = invite_as(InvitedAs.CAREGIVER)
    prove(visitor, link, outbox)
    visitor.post("/inscription/nom", data={"given_name": "C", "family_name": "R"})
    assert visitor.post("/inscription/conditions", data={"terms": "y"}).status_code == 302
    assert db.session.scalar(select(User).where(User.email == NEW)) is None
    visitor.post("/inscription/mot-de-passe", data={"password": PASSWORD})
    assert visitor.post("/inscription/conditions").status_code == 422
    assert db.session.scalar(select(User).where(User.email == NEW)) is None


def test_it_is_over_with_its_day(invite_as, visitor, outbox, travel_to):
    link = invite_as(InvitedAs.CAREGIVER)
    prove(visitor, link, outbox)
    travel_to(timedelta(hours=24))
    assert visitor.get("/inscription/nom").location.startswith("/inscription?")


def test_an_invitation_that_died_meanwhile_fills_nothing_in(cast, invite_as, visitor, outbox, page):
    second_admin(cast)
    link = invite_as(InvitedAs.CAREGIVER, sender=cast.mallory)
    prove(visitor, link, outbox)
    remove_member(cast.alice, membership(cast.mallory, cast.bubble))
    assert page(visitor.get("/inscription/nom")).inputs["given_name"] == ""


def test_other_ways_to_an_account_lead_back_to_the_button(invite_as, visitor):
    link = invite_as(InvitedAs.CAREGIVER)
    assert visitor.get(f"/inscription?suite={link}").location == link
    answer = visitor.post(
        "/inscription", data={"given_name": "A", "family_name": "B", "suite": link}
    )
    assert answer.location == link
