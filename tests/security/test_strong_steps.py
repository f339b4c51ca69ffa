"""Those who answer for others: asked for an app or a passkey, or made to have one."""

from __future__ import annotations

import pytest

from bubbles.queries import roles_of
from core.authorization import Anonymous
from core.config_file import read as read_config
from core.database import db
from core.problems import ConfigError
from security.models import Passkey, Session
from security.operations import strong_steps
from security.operations.sign_in import check_code
from security.queries import find_attempt
from security.vocabulary import CodeCheck, SecondStep
from tests.cast import PASSWORD
from tests.security.software_key import KEYS, add_key, sign_in_with
from tests.security.steps import ask_for_code, choose, give_code, give_password, is_signed_in
from tests.security.test_second_steps import give_app, give_backup_codes

PAGE = "/connexion/protection"


@pytest.fixture
def compulsory(app, monkeypatch):
    monkeypatch.setattr(strong_steps, "_required", frozenset({"administrator"}))


def sign_in_by_mail(client, user, outbox, suite: str = ""):
    give_password(client, user, suite=suite)
    choose(client, "email")
    return give_code(client, outbox.one(to=user).code)


def test_roles_come_from_the_bubbles(cast):
    assert roles_of(cast.alice) == ["administrator"]
    assert roles_of(cast.bob) == ["caregiver"]
    assert roles_of(cast.jeanne) == []


# ── Asked at each sign-in ─────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_administrators_are_asked_at_each_sign_in_and_may_put_it_off(app, cast, outbox, page):
    for _ in range(2):
        client = app.test_client()
        answer = sign_in_by_mail(client, cast.alice, outbox, suite="/messages")
        assert answer.location == f"{PAGE}?suite=/messages"
        shown = page(client.get(answer.location))
        assert "Protégez votre équipe" in shown.title
        assert "Plus tard" in shown.text
        assert "/messages" in shown.links
        assert client.get("/messages").status_code == 200


def test_whoever_has_an_app_or_a_passkey_is_asked_no_more(app, cast, outbox, sign_in):
    add_key(sign_in(cast.alice))
    client = app.test_client()
    assert sign_in_by_mail(client, cast.alice, outbox).location == "/accueil"
    assert client.get(PAGE).location == "/accueil"


@pytest.mark.parametrize("who", ["bob", "jeanne", "mallory"])
def test_nobody_else_is_asked(app, cast, outbox, who):
    assert sign_in_by_mail(app.test_client(), getattr(cast, who), outbox).location == "/accueil"


@pytest.mark.parametrize("bad", ["https://evil.example", "//evil.example", "javascript:alert(1)"])
def test_later_leads_nowhere_else(cast, sign_in, page, bad):
    links = page(sign_in(cast.alice).get(PAGE, query_string={"suite": bad})).links
    assert not any("evil" in link or "javascript" in link for link in links)


# ── Compulsory ────────────────────────────────────────────────────────────────────────────────


def test_nothing_opens_before_a_strong_step_when_the_host_asks_for_it(
    app, cast, outbox, page, compulsory
):
    client = app.test_client()
    assert sign_in_by_mail(client, cast.alice, outbox).location.startswith(PAGE)
    shown = page(client.get(PAGE))
    assert "Plus tard" not in shown.text
    assert "/deconnexion" in shown.actions
    assert client.get("/messages").location == f"{PAGE}?suite=/messages"
    assert client.post("/bulles/nouvelle", data={}).status_code == 403
    assert client.post("/parametres/securite/mot-de-passe", data={}).status_code == 403
    add_key(client)
    assert client.get("/messages").status_code == 200


def test_an_app_opens_what_waited_too(app, cast, outbox, compulsory, page):
    import pyotp

    from core import clock
    from security.models import TotpAuthenticator

    client = app.test_client()
    sign_in_by_mail(client, cast.alice, outbox)
    client.post("/parametres/securite/application/preparation")
    secret = db.session.query(TotpAuthenticator).one().secret
    db.session.rollback()
    code = pyotp.TOTP(secret).at(clock.now())
    client.post("/parametres/securite/application", data={"code": code, "password": PASSWORD})
    assert client.get("/messages").status_code == 200


def test_no_socket_opens_before_either(app, cast, outbox, compulsory):
    from core.extensions import socketio

    client = app.test_client()
    sign_in_by_mail(client, cast.alice, outbox)
    socket = socketio.test_client(app, flask_test_client=client)
    assert not socket.is_connected()


def test_with_a_strong_step_the_mailbox_no_longer_opens(app, cast, outbox, page, compulsory):
    give_app(cast.alice)
    give_backup_codes(cast.alice)
    client = app.test_client()
    give_password(client, cast.alice)
    choice = page(client.get("/connexion/methode")).text
    assert "Par e-mail" not in choice
    assert "Avec un code de secours" in choice
    assert choose(client, "email").status_code == 422
    before = len(outbox.mails(to=cast.alice))
    client.post("/connexion/code/envoi")
    assert len(outbox.mails(to=cast.alice)) == before
    with client.session_transaction() as kept:
        attempt = find_attempt(kept["attempt"])
    judged = check_code(
        Anonymous(), attempt, step=SecondStep.EMAIL, code="123456", device="", browser=""
    )
    assert judged.check is CodeCheck.WRONG


def test_others_are_not_concerned(app, cast, outbox, compulsory):
    client = app.test_client()
    assert sign_in_by_mail(client, cast.bob, outbox).location == "/accueil"
    assert not db.session.query(Session).one().lacks_strong_step


def test_case_s10_the_last_strong_step_of_an_administrator_stays(cast, sign_in, page, compulsory):
    alice = sign_in(cast.alice)
    add_key(alice, name="Première")
    address = f"{KEYS}/{db.session.query(Passkey).one().id}"
    refused = alice.post(f"{address}/retrait")
    assert refused.status_code == 409
    assert "Votre rôle demande une application de validation ou une clé" in page(refused).text
    add_key(alice, name="Deuxième")
    assert alice.post(f"{address}/retrait").status_code == 302
    assert db.session.query(Passkey).one().name == "Deuxième"


def test_case_s10_the_last_app_stays_too(cast, sign_in, page, compulsory):
    give_app(cast.alice)
    alice = sign_in(cast.alice)
    refused = alice.post("/parametres/securite/application/retrait", data={"password": PASSWORD})
    assert refused.status_code == 409
    assert "Votre rôle demande" in page(refused).text


def test_a_passkey_alone_satisfies_the_rule(app, cast, sign_in, compulsory):
    key = add_key(sign_in(cast.alice))
    client = app.test_client()
    assert sign_in_with(client, key).location == "/accueil"
    assert is_signed_in(client)


def test_a_role_that_does_not_exist_stops_the_start(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('[security]\nrequire_strong_step = ["admin"]\n')
    with pytest.raises(ConfigError, match=r"config.toml:2: .*administrator, caregiver"):
        read_config(file)
    file.write_text('[security]\nrequire_strong_step = ["administrator"]\n')
    assert read_config(file).security.require_strong_step == ("administrator",)


def test_signing_in_half_way_is_still_nobody(app, cast):
    client = app.test_client()
    ask_for_code(client, cast.alice)
    assert client.get(PAGE).location.startswith("/connexion?")
