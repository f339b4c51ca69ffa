"""Passkeys used as a second step, or instead of both; refused when anything is off."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from core import retention
from core.authorization import Anonymous
from core.database import db
from core.transaction import transaction
from security import passkeys
from security.models import Passkey, PasskeyChallenge, Session
from security.operations import passkeys as operations
from security.vocabulary import CodeCheck, SecondStep
from tests.security.software_key import (
    PRESENT,
    SoftwareKey,
    add_key,
    sign_in_with,
)
from tests.security.steps import choose, give_password, is_signed_in


@pytest.fixture
def key(cast, sign_in) -> SoftwareKey:
    """Bob's."""
    return add_key(sign_in(cast.bob))


# ── Instead of password and code ──────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_a_passkey_opens_the_account_by_itself(visitor, cast, key, page):
    answer = sign_in_with(visitor, key, suite="/messages")
    assert answer.location == "/messages"
    assert is_signed_in(visitor)
    session = db.session.query(Session).order_by(Session.id.desc()).first()
    assert (session.user_id, session.second_step) == (cast.bob.id, SecondStep.PASSKEY)
    assert "Deuxième étape : clé d’accès" in page(visitor.get("/parametres/securite")).text
    row = db.session.query(Passkey).one()
    assert (row.sign_count, row.last_used_at is None) == (key.count, False)


def test_options_name_no_account(visitor, cast, key):
    options = visitor.post("/connexion/cle/options", json={}).json
    assert not options.get("allowCredentials")
    assert options["userVerification"] == "required"
    assert options["rpId"] == "localhost"


def test_the_answer_of_another_browser_opens_nothing(app, cast, key):
    owner, thief = app.test_client(), app.test_client()
    options = owner.post("/connexion/cle/options", json={}).json
    thief.post("/connexion/cle/options", json={})
    key.count += 1
    stolen = key.use(options)
    assert thief.post("/connexion/cle", data={"credential": stolen}).status_code == 422
    assert not is_signed_in(thief)
    assert owner.post("/connexion/cle", data={"credential": stolen}).status_code == 302


def test_an_answer_serves_once(app, cast, key):
    first = app.test_client()
    options = first.post("/connexion/cle/options", json={}).json
    with first.session_transaction() as kept:
        visitor = kept["passkey"]
    key.count += 1
    answer = passkeys.read(key.use(options))
    again = {"answer": answer, "visitor": visitor, "browser": "", "device": ""}
    assert operations.sign_in_with_passkey(Anonymous(), **again).check is CodeCheck.RIGHT
    assert operations.sign_in_with_passkey(Anonymous(), **again).check is CodeCheck.EXPIRED


@pytest.mark.both_databases
def test_of_twelve_uses_at_once_one_succeeds(app, cast, key):
    client = app.test_client()
    options = client.post("/connexion/cle/options", json={}).json
    with client.session_transaction() as kept:
        visitor = kept["passkey"]
    key.count += 1
    answer = passkeys.read(key.use(options))
    checks, together = [], threading.Barrier(12)

    def use():
        with app.app_context():
            together.wait()
            judged = operations.sign_in_with_passkey(
                Anonymous(), answer=answer, visitor=visitor, browser="", device=""
            )
            checks.append(judged.check)
            db.session.remove()

    threads = [threading.Thread(target=use) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert checks.count(CodeCheck.RIGHT) == 1
    assert checks.count(CodeCheck.EXPIRED) == 11


def test_a_copied_key_is_refused_by_its_counter(visitor, cast, key, page):
    key.count = 40
    assert sign_in_with(visitor, key).status_code == 302
    visitor.post("/deconnexion")
    key.count = 20
    answer = sign_in_with(visitor, key)
    assert answer.status_code == 422
    assert "elle semble avoir été copiée" in page(answer).text
    assert not is_signed_in(visitor)


def test_a_key_that_never_counts_is_accepted(visitor, cast, sign_in):
    key = add_key(sign_in(cast.bob), SoftwareKey(count=0))
    key.count = -1
    assert sign_in_with(visitor, key).status_code == 302
    visitor.post("/deconnexion")
    key.count = -1
    assert sign_in_with(visitor, key).status_code == 302


@pytest.mark.parametrize(
    "spoil",
    [
        {"forged": True},
        {"userHandle": ""},
        {"userHandle": passkeys.new_handle()},
        {"signature": "AAAA"},
        {"authenticatorData": ""},
        {"clientDataJSON": "bnVsbA"},
    ],
)
def test_a_spoilt_answer_opens_nothing(visitor, cast, key, spoil, page):
    answer = sign_in_with(visitor, key, suite="/messages", **spoil)
    assert answer.status_code == 422
    shown = page(answer)
    assert "Cette clé d’accès n’a pas été acceptée." in shown.text
    assert shown.inputs["suite"] == "/messages"
    assert not is_signed_in(visitor)


def test_a_device_that_did_not_recognise_its_owner_opens_nothing(visitor, cast, key):
    key.flags = PRESENT
    assert sign_in_with(visitor, key).status_code == 422


@pytest.mark.parametrize("origin", ["https://localhost:8000", "http://localhost:8000.evil.example"])
def test_another_sites_page_opens_nothing(visitor, cast, key, origin):
    key.origin = origin
    assert sign_in_with(visitor, key).status_code == 422


def test_a_disabled_account_and_an_unknown_key_are_one_answer(visitor, cast, key, page):
    unknown = page(sign_in_with(visitor, SoftwareKey())).text
    with transaction():
        db.session.merge(cast.bob).is_enabled = False
    assert page(sign_in_with(visitor, key)).text == unknown


# ── As a second step ──────────────────────────────────────────────────────────────────────────


def ask_as_second_step(client, user) -> dict:
    give_password(client, user)
    assert choose(client, "passkey").status_code == 302
    assert client.get("/connexion/code").status_code == 200
    return client.post("/connexion/code/cle/options", json={}).json


def test_a_passkey_is_a_second_step_once_there_is_one(visitor, cast, key, page):
    give_password(visitor, cast.chloe)
    assert "clé d’accès" not in page(visitor.get("/connexion/methode")).text
    options = ask_as_second_step(visitor, cast.bob)
    assert [one["type"] for one in options["allowCredentials"]] == ["public-key"]
    key.count += 1
    answer = visitor.post("/connexion/code/cle", data={"credential": key.use(options)})
    assert answer.status_code == 302
    assert is_signed_in(visitor)


def test_a_wrong_key_counts_as_a_try_and_five_lock(visitor, cast, key, page):
    ask_as_second_step(visitor, cast.bob)
    for left in (4, 3, 2, 1):
        options = visitor.post("/connexion/code/cle/options", json={}).json
        credential = key.use(options, forged=True)
        shown = page(visitor.post("/connexion/code/cle", data={"credential": credential}))
        assert f"Il vous reste {left} essai" in shown.text
    last = visitor.post("/connexion/code/cle", data={"credential": "{}"})
    assert "Trop de codes incorrects" in page(last).title
    assert not is_signed_in(visitor)


def test_the_key_of_another_account_is_no_second_step(app, cast, sign_in, key):
    hers = add_key(sign_in(cast.mallory))
    visitor = app.test_client()
    options = ask_as_second_step(visitor, cast.bob)
    hers.count += 1
    answer = visitor.post("/connexion/code/cle", data={"credential": hers.use(options)})
    assert answer.status_code == 422


def test_a_challenge_of_one_use_never_serves_another(app, cast, key):
    visitor = app.test_client()
    ask_as_second_step(visitor, cast.bob)
    direct = visitor.post("/connexion/cle/options", json={}).json
    key.count += 1
    answer = visitor.post("/connexion/code/cle", data={"credential": key.use(direct)})
    assert answer.status_code == 422
    other = app.test_client()
    second = ask_as_second_step(other, cast.bob)
    key.count += 1
    other.post("/connexion/cle/options", json={})
    assert other.post("/connexion/cle", data={"credential": key.use(second)}).status_code == 422


def test_challenges_are_cleared_away(visitor, cast, travel_to):
    visitor.post("/connexion/cle/options", json={})
    travel_to(timedelta(days=1, minutes=6))
    visitor.post("/connexion/cle/options", json={})
    retention.apply(1, {})
    assert db.session.query(PasskeyChallenge).count() == 1
