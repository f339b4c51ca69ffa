"""Passkeys: made, used as a second step or instead of both, and refused when anything is off."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from core.authorization import Anonymous
from core.database import db
from core.errors import ConflictError
from security import passkeys
from security.models import Passkey, PasskeyChallenge, Session
from security.operations import passkeys as operations
from security.vocabulary import CodeCheck, SecondStep
from tests.security.software_key import BACKED_UP, PRESENT, SoftwareKey
from tests.security.steps import choose, give_password, is_signed_in

KEYS = "/parametres/securite/cles"


def ask_for_new(client) -> dict:
    answer = client.post(f"{KEYS}/options", json={})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def add_key(client, key: SoftwareKey | None = None, name: str = "Mon téléphone") -> SoftwareKey:
    key = key or SoftwareKey()
    credential = key.make(ask_for_new(client))
    answer = client.post(KEYS, data={"name": name, "credential": credential})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return key


def sign_in_with(client, key: SoftwareKey, *, suite: str = "", **changes):
    options = client.post("/connexion/cle/options", json={}).json
    key.count += 1
    credential = key.use(options, **changes)
    return client.post("/connexion/cle", data={"credential": credential, "suite": suite})


@pytest.fixture
def key(cast, sign_in) -> SoftwareKey:
    """Bob's."""
    return add_key(sign_in(cast.bob))


# ── Making, naming, removing ──────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_a_passkey_is_added_named_and_told_by_mail(cast, sign_in, outbox, page):
    bob = sign_in(cast.bob)
    add_key(bob, SoftwareKey(flags=PRESENT | 0x04 | BACKED_UP))
    shown = page(bob.get(KEYS))
    assert "Mon téléphone" in shown.text
    assert "Pas encore utilisée" in shown.text
    assert "Partagée avec vos autres appareils" in shown.text
    mail = outbox.one(to=cast.bob)
    assert mail.subject == "Une clé d’accès a été ajoutée à votre compte"
    assert "/ce-n-est-pas-moi/" in mail.text
    assert db.session.query(Passkey).one().transports == ["hybrid", "internal"]
    assert "1 clé d’accès" in page(bob.get("/parametres/securite")).text


def test_a_passkey_is_renamed_and_removed(cast, sign_in, outbox, page, key):
    bob = sign_in(cast.bob)
    address = f"{KEYS}/{db.session.query(Passkey).one().id}"
    assert bob.post(address, data={"name": "  "}).status_code == 422
    assert bob.post(address, data={"name": "Clé du trousseau"}).status_code == 302
    assert "Clé du trousseau" in page(bob.get(address)).text
    assert bob.post(f"{address}/retrait").location == KEYS
    assert db.session.query(Passkey).count() == 0
    assert outbox.one(to=cast.bob).subject == "Une clé d’accès a été retirée de votre compte"
    visitor = bob.application.test_client()
    assert sign_in_with(visitor, key).status_code == 422


def test_somebody_elses_passkey_does_not_exist(cast, sign_in, key):
    mallory = sign_in(cast.mallory)
    address = f"{KEYS}/{db.session.query(Passkey).one().id}"
    assert mallory.get(address).status_code == 404
    assert mallory.post(address, data={"name": "À moi"}).status_code == 404
    assert mallory.post(f"{address}/retrait").status_code == 404
    assert db.session.query(Passkey).one().name == "Mon téléphone"


def test_adding_asks_again_who_is_there_after_ten_minutes(cast, sign_in, travel_to):
    bob = sign_in(cast.bob)
    options = ask_for_new(bob)
    travel_to(timedelta(minutes=11))
    assert bob.get(f"{KEYS}/nouvelle").location.startswith("/confirmer")
    assert bob.post(f"{KEYS}/options", json={}).status_code == 403
    answer = bob.post(KEYS, data={"name": "Clé", "credential": SoftwareKey().make(options)})
    assert answer.status_code == 403
    assert db.session.query(Passkey).count() == 0


def test_an_account_has_ten_passkeys_at_most(cast, sign_in, page):
    bob = sign_in(cast.bob)
    for number in range(operations.MOST):
        add_key(bob, name=f"Clé {number}")
    assert bob.post(f"{KEYS}/options", json={}).status_code == 409
    assert "10 clés d’accès au maximum" in page(bob.get(KEYS)).text


def test_one_key_belongs_to_one_account(cast, sign_in, key):
    mallory = sign_in(cast.mallory)
    answer = mallory.post(KEYS, data={"name": "Vol", "credential": key.make(ask_for_new(mallory))})
    assert answer.status_code == 409
    assert db.session.query(Passkey).count() == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key, options: key.make(options | {"challenge": passkeys.new_challenge()}),
        lambda key, options: key.make(options | {"rp": {"id": "evil.example"}}),
        lambda key, options: SoftwareKey(origin="https://evil.example").make(options),
        lambda key, options: SoftwareKey(origin="http://localhost:8001").make(options),
        lambda key, options: SoftwareKey(flags=PRESENT).make(options),
        lambda key, options: key.make(options, attestationObject="AAAA"),
        lambda key, options: key.make(options, clientDataJSON="AAAA"),
        lambda key, options: key.use({"challenge": options["challenge"], "rpId": "localhost"}),
        lambda key, options: "",
        lambda key, options: "[]",
        lambda key, options: '{"response": 3}',
        lambda key, options: "{" * 9000,
        lambda key, options: "\x00\ud800",
    ],
)
def test_what_is_not_a_right_answer_adds_nothing(cast, sign_in, spoil, page):
    bob = sign_in(cast.bob)
    credential = spoil(SoftwareKey(), ask_for_new(bob))
    data = {"name": "Clé", "credential": credential.encode("utf-8", "replace")}
    answer = bob.post(KEYS, data=data)
    assert answer.status_code == 422
    assert "n’a pas pu être ajoutée" in page(answer).text
    assert db.session.query(Passkey).count() == 0


def test_a_challenge_serves_one_session_once_for_five_minutes(cast, sign_in, travel_to):
    bob, other = sign_in(cast.bob), sign_in(cast.bob)
    options = ask_for_new(bob)
    made = {"name": "Clé", "credential": SoftwareKey().make(options)}
    assert other.post(KEYS, data=made).status_code == 422
    assert bob.post(KEYS, data=made).status_code == 302
    assert (
        bob.post(KEYS, data={**made, "credential": SoftwareKey().make(options)}).status_code == 422
    )
    late = SoftwareKey().make(ask_for_new(bob))
    travel_to(timedelta(minutes=5))
    assert bob.post(KEYS, data={**made, "credential": late}).status_code == 422
    assert db.session.query(Passkey).count() == 1


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
    from core.transaction import transaction

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
    travel_to(timedelta(minutes=6))
    visitor.post("/connexion/cle/options", json={})
    assert db.session.query(PasskeyChallenge).count() == 1


# ── The site that keys belong to ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://soins.example.org", ("soins.example.org", "https://soins.example.org")),
        ("https://soins.example.org:8443", ("soins.example.org", "https://soins.example.org:8443")),
        ("http://127.0.0.1:8000", ("localhost", "http://localhost:8000")),
        ("http://[::1]:8000", ("localhost", "http://localhost:8000")),
        ("http://192.0.2.7:8000", None),
        ("", None),
    ],
)
def test_keys_belong_to_the_name_in_the_configuration(address, expected):
    site = passkeys.site(address, "Alvéole")
    assert (site and (site.id, site.origin)) == expected


def test_a_page_opened_at_another_address_says_where_keys_work(app, cast, sign_in, page):
    bob = sign_in(cast.bob)
    [cookie] = [one for one in bob._cookies.values() if one.key == "session"]
    bob.set_cookie("session", cookie.value, domain="127.0.0.1")
    at_home = bob.get(f"{KEYS}/nouvelle", base_url="http://localhost:8000").text
    assert 'data-passkey="make"' in at_home
    away = page(bob.get(f"{KEYS}/nouvelle", base_url="http://127.0.0.1:8000"))
    assert f"http://localhost:8000{KEYS}/nouvelle" in away.links
    assert 'data-passkey="make"' not in away.html


def test_without_a_name_nothing_can_be_made(cast, sign_in, monkeypatch, page):
    monkeypatch.setattr(operations, "_site", None)
    bob = sign_in(cast.bob)
    assert "Aucune clé d’accès ne peut être créée ici" in page(bob.get(f"{KEYS}/nouvelle")).text
    assert bob.post(f"{KEYS}/options", json={}).status_code == 404
    assert "clé d’accès" not in page(bob.application.test_client().get("/connexion")).text


def test_any_shape_of_answer_is_read_without_a_fault():
    for typed in ("null", "3", '"a"', "[[]]", '{"response": {"clientDataJSON": 3}}', "é", "\ud800"):
        assert passkeys.read(typed) is None
    deep = json.dumps({"rawId": "AA", "response": {"clientDataJSON": "W10"}})
    assert passkeys.read(deep) is None


def test_one_person_has_one_name_on_every_device(cast, sign_in, key):
    bob = sign_in(cast.bob)
    options = ask_for_new(bob)
    assert options["user"]["id"] == key.handle
    assert [one["id"] for one in options["excludeCredentials"]]
    assert str(cast.bob.id) != options["user"]["id"]
    with pytest.raises(ConflictError):
        for _ in range(operations.MOST + 1):
            add_key_directly(cast.bob)


def add_key_directly(user) -> None:
    made = passkeys.NewKey(
        id=passkeys.new_handle(), public_key="", sign_count=0, transports=(), is_backed_up=False
    )
    bound_to = operations.for_session(7)
    options = operations.begin_passkey(user, user, bound_to=bound_to)
    challenge = options["challenge"]
    operations.keep_passkey(user, user, made=made, challenge=challenge, name="x", bound_to=bound_to)
