"""Invitations on paper: a short code for who has no e-mail, and who may use it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bubbles import queries
from bubbles.errors import AlreadyMemberError, InvitationClosedError, UnknownCodeError
from bubbles.models import Invitation, InvitationCode
from bubbles.operations.answering import accept_invitation, enter_code
from bubbles.operations.inviting import Offer, invite_on_paper, print_again, resend_invitation
from bubbles.views import following
from bubbles.vocabulary import InvitationState, InvitedAs, Invitee
from core.authorization import INSTANCE, Anonymous
from core.database import db
from core.rate_limit import RateLimit
from tests.bubbles.acts import make_user, membership, state_of

PAUL = Invitee("Paul", "Castaing")


def printed(cast, invited_as=InvitedAs.CAREGIVER, key=None):
    return invite_on_paper(cast.alice, cast.bubble, offer=Offer(invited_as, PAUL), key=key)


def post_code(browser, code):
    return browser.post("/invitation", data={"code": code})


@pytest.fixture
def alice(cast, sign_in):
    return sign_in(cast.alice)


def at(cast, path: str = "") -> str:
    return f"/bulles/{cast.bubble.id}{path}"


def make_sheet(browser, cast, **values):
    form = {
        "invited_as": "caregiver",
        "given_name": "Paul",
        "family_name": "Castaing",
        "key": "k1",
        **values,
    }
    return browser.post(at(cast, "/invitations/feuille"), data=form)


def code_on(answer) -> str:
    return re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", answer.get_data(as_text=True)).group()


@pytest.mark.covers("M83")
def test_a_sheet_is_printed_used_once_and_its_user_named(
    cast, alice, sign_in, visitor, page, outbox
):
    sheet = make_sheet(alice, cast)
    text = page(sheet).text
    assert sheet.status_code == 200
    assert "Paul Castaing, une équipe de soins vous invite" in text
    assert "/invitation" in text
    assert cast.bubble.name not in text
    code = code_on(sheet)
    paul = make_user("paul")

    landed = post_code(visitor, code.lower().replace("-", " "))
    shown = page(visitor.get(landed.location))
    assert "Les Tilleuls" not in shown.text
    assert "l’adresse e-mail de votre choix" in shown.text

    accepted = sign_in(paul).post(f"{landed.location}/acceptation", follow_redirects=True)

    assert accepted.status_code == 200
    assert membership(paul, cast.bubble).is_caregiver
    assert "Une invitation sur papier a été acceptée" in outbox.one(cast.alice).subject
    assert "par Paul" in page(alice.get(at(cast, "/invitations?etat=accepted"))).text
    assert post_code(visitor, code).status_code == 422


def test_the_sheet_shows_its_code_once(cast, alice, page):
    assert code_on(make_sheet(alice, cast))

    again = make_sheet(alice, cast)

    assert again.status_code == 302
    assert "déjà faite" in page(alice.get(again.location)).text
    assert len(db.session.scalars(select(Invitation)).all()) == 1


@pytest.mark.covers("U42")
def test_the_code_is_kept_hashed_with_a_key(cast):
    _invitation, code = printed(cast)

    (row,) = db.session.scalars(select(InvitationCode))
    assert code not in row.code_hash
    from core.tokens import hash_token

    assert row.code_hash != hash_token(code)


def test_wrong_expired_used_and_revoked_codes_answer_alike(cast, visitor, page, travel_to):
    person = make_user("paul")
    used_invitation, used = printed(cast)
    token = enter_code(Anonymous(), INSTANCE, code=used)
    accept_invitation(person, queries.find_invitation_by_token(token))
    _old, expired = printed(cast)
    travel_to(timedelta(days=14))
    assert used_invitation.accepted_by_id == person.id

    answers = {
        page(post_code(visitor, code)).text.replace(code, "")
        for code in ("ABCDEFGH", used, expired, "💥", "AB-1", "x" * 500)
    }

    assert len(answers) == 1
    assert "n’est pas le bon, ou ne marche plus" in answers.pop()


def test_codes_are_not_guessed_from_one_place(cast, visitor, page):
    _invitation, code = printed(cast)
    for _ in range(10):
        assert post_code(visitor, "ABCDEFGH").status_code == 422

    refused = post_code(visitor, code)

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "quart d’heure" in page(refused).text


def test_nor_from_many_addresses_of_one_network(app, cast):
    _invitation, code = printed(cast)
    statuses = set()
    for number in range(60):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number + 1}"
        statuses.add(post_code(client, "ABCDEFGH").status_code)
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.200"

    assert statuses == {422}
    assert post_code(client, code).status_code == 429
    client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert post_code(client, code).status_code == 302


def test_a_new_code_kills_the_old_one_and_the_page_it_had_opened(cast, visitor):
    invitation, old = printed(cast)
    opened = post_code(visitor, old).location

    new = print_again(cast.alice, invitation)

    with pytest.raises(UnknownCodeError):
        enter_code(Anonymous(), INSTANCE, code=old)
    assert visitor.get(opened).status_code == 404
    assert enter_code(Anonymous(), INSTANCE, code=new)


def test_somebody_of_the_team_does_not_use_up_the_sheet_of_another(cast, sign_in, visitor, page):
    _invitation, code = printed(cast)
    link = post_code(visitor, code).location

    answer = sign_in(cast.bob).post(f"{link}/acceptation")

    assert answer.status_code == 409
    assert "déjà dans la bulle" in page(answer).text
    with pytest.raises(AlreadyMemberError):
        accept_invitation(cast.alice, _invitation)


def test_after_one_person_has_used_it_another_finds_nothing(cast, sign_in, visitor):
    _invitation, code = printed(cast)
    link = post_code(visitor, code).location
    paul = make_user("paul")
    assert sign_in(paul).post(f"{link}/acceptation").status_code == 302

    mallory = sign_in(cast.mallory)

    assert mallory.get(link).status_code == 404
    assert mallory.post(f"{link}/acceptation").status_code == 404
    assert membership(cast.mallory, cast.bubble) is None


def test_a_sheet_is_not_sent_by_mail(cast):
    invitation, _code = printed(cast)

    with pytest.raises(InvitationClosedError):
        resend_invitation(cast.alice, invitation)
    assert state_of(invitation) is InvitationState.SENT


def test_a_sheet_names_the_person(cast, alice, page):
    answer = make_sheet(alice, cast, given_name="", family_name="")

    assert answer.status_code == 422
    assert "Écrivez le nom de la personne" in page(answer).text


def test_a_patient_joins_with_a_sheet_and_is_followed(cast, alice, sign_in, visitor):
    sheet = make_sheet(alice, cast, invited_as="patient", followers=[cast.bob.id])
    link = post_code(visitor, code_on(sheet)).location
    person = make_user("camille")
    browser = sign_in(person)
    assert f"{link}/identite" in browser.get(link).get_data(as_text=True)

    form = {
        "given_name": "Camille",
        "family_name": "Roussel",
        "birth_date": "9/3/1951",
    }
    assert browser.post(f"{link}/identite", data=form).status_code == 302

    from patient.queries.places import list_enrolments_of, list_followers

    (place,) = list_enrolments_of(person)
    assert [user.id for user in list_followers(place.id)] == [cast.bob.id]


def test_only_administrators_make_sheets(cast, sign_in):
    for path in ("/invitations/feuille", "/invitations/plusieurs"):
        assert sign_in(cast.bob).get(at(cast, path)).status_code == 403
        assert sign_in(cast.bob).post(at(cast, path)).status_code == 403
        assert sign_in(cast.mallory).get(at(cast, path)).status_code == 404


def test_codes_guessed_from_everywhere_have_one_brake_and_accounts_another_lane(
    cast, alice, visitor, sign_in, monkeypatch, page, app
):
    """Thousands of addresses, a few tries from each: none of them meets its own brake."""
    monkeypatch.setattr(following, "WRONG_CODES", RateLimit("few", 4, timedelta(hours=1)))
    code = code_on(make_sheet(alice, cast))

    def guess(number, typed="AAAA-2222"):
        place = {"REMOTE_ADDR": f"10.{number}.0.1"}
        return visitor.post("/invitation", data={"code": typed}, environ_overrides=place)

    assert [guess(number).status_code for number in range(5)] == [422, 422, 422, 422, 429]
    stopped = guess(9, code)
    assert stopped.status_code == 429
    assert "Retry-After" in stopped.headers
    assert "connectez-vous d’abord" in page(stopped).text

    paul = sign_in(make_user("paul"))
    assert post_code(paul, code).status_code == 302


def test_right_codes_do_not_use_up_the_brake_of_wrong_ones(cast, alice, visitor, monkeypatch):
    monkeypatch.setattr(following, "WRONG_CODES", RateLimit("few", 1, timedelta(hours=1)))
    code = code_on(make_sheet(alice, cast))
    assert [post_code(visitor, code).status_code for _time in range(3)] == [302] * 3
