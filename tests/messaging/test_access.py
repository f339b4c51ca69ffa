"""Conversations to who may not have them, and addresses and forms that nobody should send."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select

from bubbles.models import Membership
from core.database import db
from core.transaction import transaction
from messaging.models import Message

pytestmark = pytest.mark.covers("M5")
JSON = {"Accept": "application/json"}


def send(client, url, text="Bonjour"):
    return client.post(url, data={"body": text, "client_id": "from-a-page"})


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_a_strangers_conversation_does_not_exist(cast, direct, around, sign_in):
    place = cast.enrolment.id
    for stranger in (cast.alice, cast.mallory):
        client = sign_in(stranger)
        for conversation in (direct, around):
            url = f"/messages/{conversation.id}"
            assert client.get(url).status_code == 404
            assert client.get(f"{url}/nouveaux").status_code == 404
            assert send(client, url, "Bonjour").status_code == 404
            assert client.post(f"{url}/lu", data={"seq": 1}).status_code == 404
        for url in (f"/messages/autour/{place}", f"/messages/avec/{place}/{cast.bob.id}"):
            assert client.get(url).status_code == 404
            assert send(client, url, "Bonjour").status_code == 404
    assert sign_in(cast.chloe).get(f"/messages/{direct.id}").status_code == 404
    assert count(Message) == 0


def test_a_removed_member_finds_a_plain_page_that_is_not_there(cast, direct, around, sign_in, page):
    bob = sign_in(cast.bob)
    assert bob.get(f"/messages/{around.id}").status_code == 200
    with transaction():
        db.session.execute(delete(Membership).where(Membership.user_id == cast.bob.id))
    for url in (f"/messages/{around.id}", f"/messages/{direct.id}/nouveaux?apres=0"):
        answer = bob.get(url)
        assert answer.status_code == 404
        assert "Jeanne" not in answer.text
    assert bob.get(f"/messages/{around.id}/nouveaux", headers=JSON).get_json()["error"] == (
        "not_found"
    )


def test_visitors_are_sent_to_sign_in_and_scripts_are_told(cast, direct, visitor):
    answer = visitor.get(f"/messages/{direct.id}")
    assert answer.status_code == 302
    assert "/connexion" in answer.location
    news = visitor.get(f"/messages/{direct.id}/nouveaux", headers=JSON)
    assert (news.status_code, news.get_json()["error"]) == (401, "signed_out")
    assert send(visitor, f"/messages/{direct.id}", "Bonjour").status_code == 401


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "url",
    [
        "/messages/0",
        "/messages/99999999999999999999999",
        "/messages/autour/99999999999999999999999",
        "/messages/avec/99999999999999999999999/99999999999999999999999",
        "/messages/{place}",
        "/messages/{here}/nouveaux?apres=99999999999999999999999",
        "/messages/{here}/nouveaux?apres=-1",
        "/messages/{here}/nouveaux?apres=abc",
        "/messages/{here}?avant=99999999999999999999999",
        "/messages/{here}?avant=-4",
        "/messages/{here}?avant=abc",
        "/messages/avec/{place}/99999999999999999999999",
    ],
)
def test_no_address_breaks_the_server(cast, direct, sign_in, url):
    address = url.format(here=direct.id, place=cast.enrolment.id)
    assert sign_in(cast.jeanne).get(address).status_code in {200, 302, 404}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"body": "Bonjour"},
        {"body": "Bonjour", "client_id": "a b c d e f g"},
        {"body": "Bonjour", "client_id": "x" * 65},
        {"body": ["un", "deux"], "client_id": ["", ""]},
        {"seq": "99999999999999999999999"},
    ],
)
@pytest.mark.parametrize("end", ["", "/lu"])
def test_no_form_breaks_the_server(cast, direct, sign_in, data, end):
    jeanne = sign_in(cast.jeanne)
    for headers in ({}, JSON):
        answer = jeanne.post(f"/messages/{direct.id}{end}", data=data, headers=headers)
        assert answer.status_code in {200, 303, 422}
        answer = jeanne.post(f"/messages/{direct.id}{end}", json=data, headers=headers)
        assert answer.status_code in {200, 422}
    assert count(Message) == 0
