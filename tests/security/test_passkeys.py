"""Passkeys: made, named, removed, and the site that they belong to."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from core.database import db
from core.errors import ConflictError
from security import passkeys
from security.models import Passkey
from security.operations import passkeys as operations
from tests.security.software_key import (
    BACKED_UP,
    KEYS,
    PRESENT,
    SoftwareKey,
    add_key,
    ask_for_new,
    sign_in_with,
)


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
    new_key = passkeys.NewKey(
        id=passkeys.new_handle(), public_key="", sign_count=0, transports=(), is_backed_up=False
    )
    bound_to = operations.for_session("7")
    options = operations.begin_passkey(user, user, bound_to=bound_to)
    challenge = options["challenge"]
    operations.keep_passkey(
        user, user, new_key=new_key, challenge=challenge, name="x", bound_to=bound_to
    )
