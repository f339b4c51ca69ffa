"""Known devices, and what their owner is told: an attacker cannot lock anybody out unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock, retention
from core.database import db
from core.transaction import transaction
from security.models import KnownDevice, PasskeyChallenge, SignInAttempt, User
from security.operations import brakes, known_devices
from security.operations.known_devices import find_known_device
from tests.cast import PASSWORD
from tests.security.software_key import add_key, sign_in_with
from tests.security.steps import ask_for_code, choose, give_code, give_password, is_signed_in
from tests.security.test_second_steps import give_app

BAD = "Pas-le-bon-mot-1"
FIREFOX = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"}


def sign_in_wholly(client, user, outbox) -> None:
    ask_for_code(client, user)
    assert give_code(client, outbox.one(to=user).code).status_code == 302
    client.post("/deconnexion")


def browser_of(client) -> str:
    found = client.get_cookie("browser")
    return found.value if found else ""


def guess(app, user, times: int, **form) -> list[int]:
    """From a new browser and a new network each time."""
    return [
        app.test_client()
        .post(
            "/connexion",
            data={"email": user.email, "password": BAD, **form},
            environ_overrides={"REMOTE_ADDR": f"10.{number // 250}.{number % 250}.1"},
        )
        .status_code
        for number in range(times)
    ]


def subjects(outbox, user) -> list[str]:
    return [mail.subject for mail in outbox.mails(to=user)]


# ── A browser that is known ───────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_a_new_browser_is_told_by_mail_and_then_known(app, cast, outbox):
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = FIREFOX["User-Agent"]
    sign_in_wholly(client, cast.bob, outbox)
    mail = outbox.one(to=cast.bob)
    assert mail.subject == "Nouvelle connexion à votre compte"
    assert "Ordinateur Windows, Firefox" in mail.text
    assert "23 novembre" in mail.text
    assert mail.link("/ce-n-est-pas-moi/")
    row = db.session.query(KnownDevice).one()
    assert row.token_hash != browser_of(client)
    sign_in_wholly(client, cast.bob, outbox)
    assert subjects(outbox, cast.bob).count(mail.subject) == 1
    assert db.session.query(KnownDevice).count() == 1


def test_the_cookie_stays_for_a_year_and_no_script_reads_it(app, cast, outbox):
    client = app.test_client()
    ask_for_code(client, cast.bob)
    assert browser_of(client) == ""
    answer = give_code(client, outbox.one(to=cast.bob).code)
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("browser=")]
    assert "Max-Age=31536000" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_one_browser_is_known_by_each_account_apart(app, cast, outbox):
    client = app.test_client()
    sign_in_wholly(client, cast.bob, outbox)
    token = browser_of(client)
    sign_in_wholly(client, cast.chloe, outbox)
    assert browser_of(client) == token
    assert subjects(outbox, cast.chloe)[-1] == "Nouvelle connexion à votre compte"
    assert {row.user_id for row in db.session.query(KnownDevice)} == {cast.bob.id, cast.chloe.id}


def test_a_planted_cookie_is_known_by_nobody(app, cast, outbox):
    for planted in ("x", "a" * 43, "é" * 43, "../../" * 8):
        client = app.test_client()
        client.set_cookie("browser", planted)
        sign_in_wholly(client, cast.bob, outbox)
        assert subjects(outbox, cast.bob)[-1] == "Nouvelle connexion à votre compte"


def test_a_passkey_makes_its_browser_known_too(app, cast, sign_in, outbox):
    key = add_key(sign_in(cast.bob))
    client = app.test_client()
    assert sign_in_with(client, key).status_code == 302
    assert subjects(outbox, cast.bob)[-1] == "Nouvelle connexion à votre compte"
    assert browser_of(client)


def test_a_browser_not_used_for_a_year_is_new_again(app, cast, outbox, travel_to):
    client = app.test_client()
    sign_in_wholly(client, cast.bob, outbox)
    travel_to(timedelta(days=366))
    sign_in_wholly(client, cast.bob, outbox)
    assert subjects(outbox, cast.bob).count("Nouvelle connexion à votre compte") == 2
    assert db.session.query(KnownDevice).count() == 1


def test_what_nobody_uses_any_more_is_cleared_away(app, cast, outbox, travel_to):
    client = app.test_client()
    sign_in_wholly(client, cast.bob, outbox)
    client.post("/connexion/cle/options", json={})
    travel_to(timedelta(days=366))
    retention.apply(1, {})
    assert db.session.query(KnownDevice).count() == 0
    assert db.session.query(PasskeyChallenge).count() == 0


def test_only_the_twenty_last_used_are_kept(app, cast, travel_to):
    for number in range(known_devices.MOST + 5):
        travel_to(timedelta(minutes=1))
        with transaction():
            bob = db.session.get(User, cast.bob.id)
            known_devices.welcome(bob, browser=f"{number}", device="", told=False)
    assert db.session.query(KnownDevice).count() == known_devices.MOST
    with transaction():
        assert find_known_device(cast.bob.id, "24") is not None
        assert find_known_device(cast.bob.id, "4") is None


def test_a_new_password_forgets_the_other_browsers(app, cast, outbox):
    old, own = app.test_client(), app.test_client()
    sign_in_wholly(old, cast.bob, outbox)
    ask_for_code(own, cast.bob)
    give_code(own, outbox.one(to=cast.bob).code)
    data = {"current": PASSWORD, "new": "Tout-nouveau-mot-8"}
    assert own.post("/parametres/securite/mot-de-passe", data=data).status_code == 302
    [kept] = db.session.query(KnownDevice)
    assert find_known_device(cast.bob.id, browser_of(own)).id == kept.id


# ── A lane of its own ─────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_strangers_do_not_slow_a_known_device_down(app, cast, outbox):
    own = app.test_client()
    sign_in_wholly(own, cast.bob, outbox)
    for _ in range(6):
        give_password(app.test_client(), cast.bob, BAD)
    assert give_password(app.test_client(), cast.bob).status_code == 429
    sign_in_wholly(own, cast.bob, outbox)


def test_a_known_device_has_its_own_counter(app, cast, outbox):
    own = app.test_client()
    sign_in_wholly(own, cast.bob, outbox)
    assert [give_password(own, cast.bob, BAD).status_code for _ in range(6)] == [422] * 5 + [429]
    assert give_password(app.test_client(), cast.bob).status_code == 302
    # Known for one account, it is a stranger for the others.
    assert [give_password(own, cast.chloe, BAD).status_code for _ in range(6)] == [422] * 5 + [429]
    assert give_password(app.test_client(), cast.chloe).status_code == 429


def test_whoever_exhausts_the_second_step_does_not_exhaust_the_owners(app, cast, outbox):
    own = app.test_client()
    sign_in_wholly(own, cast.bob, outbox)
    give_app(cast.bob)
    tried = 0
    while tried < brakes.SECOND_STEPS.count:
        thief = app.test_client()
        give_password(thief, cast.bob)
        choose(thief, "app")
        for _ in range(5):
            give_code(thief, "000000")
            tried += 1
    thief = app.test_client()
    give_password(thief, cast.bob)
    choose(thief, "app")
    assert give_code(thief, "000000").status_code == 429
    give_password(own, cast.bob)
    choose(own, "app")
    assert give_code(own, give_app_code(cast.bob)).status_code == 302


def give_app_code(user) -> str:
    import pyotp

    from tests.security.test_second_steps import SECRET

    return pyotp.TOTP(SECRET).at(clock.now())


@pytest.fixture
def ten_are_too_many(monkeypatch):
    monkeypatch.setattr(brakes, "WRONG_PASSWORDS", 10)


# ── A hundred wrong passwords (case-L6) ───────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_case_l6_a_hundred_wrong_passwords_disable_it_and_the_owner_is_told(
    app, cast, outbox, page, sign_in, travel_to
):
    own = app.test_client()
    sign_in_wholly(own, cast.bob, outbox)
    key = add_key(sign_in(cast.bob))
    give_app(cast.bob)
    assert set(guess(app, cast.bob, 99)) == {422}
    assert "Votre mot de passe est désactivé" not in subjects(outbox, cast.bob)
    assert guess(app, cast.bob, 2) == [422, 422]
    mail = outbox.one(to=cast.bob)
    assert mail.subject == "Votre mot de passe est désactivé"
    assert "cent mauvais mots de passe" in mail.text
    assert "vos clés d’accès marchent partout" in mail.text
    assert mail.link("/mot-de-passe/oubli")
    assert mail.link("/ce-n-est-pas-moi/")
    assert subjects(outbox, cast.bob).count(mail.subject) == 1

    # The right password opens nothing from a stranger's browser, and is not told apart.
    stranger = app.test_client()
    answer = give_password(stranger, cast.bob)
    assert answer.status_code == 422
    assert "incorrect" in page(answer).text

    # The owner's known device still takes it, with the app and not with the mailbox.
    assert give_password(own, cast.bob).status_code == 302
    choice = page(own.get("/connexion/methode")).text
    assert "Avec mon application" in choice
    assert "Par e-mail" not in choice
    assert choose(own, "email").status_code == 422
    own.post("/connexion/code/envoi")
    assert outbox.one(to=cast.bob).subject == mail.subject
    choose(own, "app")
    assert give_code(own, give_app_code(cast.bob)).status_code == 302
    assert is_signed_in(own)

    # So does a passkey, anywhere.
    elsewhere = app.test_client()
    assert sign_in_with(elsewhere, key).status_code == 302
    assert is_signed_in(elsewhere)


def test_without_app_or_passkey_a_known_device_must_reset_too(app, cast, outbox, ten_are_too_many):
    own = app.test_client()
    sign_in_wholly(own, cast.bob, outbox)
    guess(app, cast.bob, 10)
    assert "vos clés d’accès" not in outbox.one(to=cast.bob).text
    assert give_password(own, cast.bob).status_code == 422


def test_a_sign_in_under_way_ends_when_the_password_is_disabled(app, cast, ten_are_too_many):
    thief = app.test_client()
    assert give_password(thief, cast.bob).status_code == 302
    guess(app, cast.bob, 10)
    assert db.session.query(SignInAttempt).count() == 0
    assert thief.get("/connexion/methode").location == "/connexion"


def test_a_whole_sign_in_forgets_the_wrong_passwords(app, cast, outbox, ten_are_too_many):
    guess(app, cast.bob, 6)
    own = app.test_client()
    sign_in_wholly(own, cast.bob, outbox)
    assert db.session.get(User, cast.bob.id).wrong_passwords == 0
    guess(app, cast.bob, 6)
    assert db.session.get(User, cast.bob.id).password_disabled_at is None


def test_right_passwords_do_not_count_as_wrong_ones(app, cast):
    for number in range(8):
        client = app.test_client()
        answer = client.post(
            "/connexion",
            data={"email": cast.bob.email, "password": PASSWORD},
            environ_overrides={"REMOTE_ADDR": f"10.0.{number}.1"},
        )
        assert answer.status_code == 302
    assert db.session.get(User, cast.bob.id).wrong_passwords == 0


def test_a_new_password_is_accepted_again(app, cast, sign_in, ten_are_too_many):
    guess(app, cast.bob, 10)
    assert db.session.get(User, cast.bob.id).password_disabled_at is not None
    bob = sign_in(cast.bob)
    data = {"current": PASSWORD, "new": "Tout-nouveau-mot-8"}
    assert bob.post("/parametres/securite/mot-de-passe", data=data).status_code == 302
    assert give_password(app.test_client(), cast.bob, "Tout-nouveau-mot-8").status_code == 302


def test_an_unknown_address_is_never_disabled_and_answers_the_same(app, cast, ten_are_too_many):
    class Nobody:
        email = "personne@example.org"

    assert set(guess(app, Nobody, 12)) == {422}


# ── A sign-in that stops half-way ─────────────────────────────────────────────────────────────

STOPPED = "Une connexion s’est arrêtée avant la fin"


@pytest.mark.both_databases
def test_a_right_password_without_a_code_is_told_when_its_time_is_over(
    app, cast, outbox, travel_to
):
    thief = app.test_client()
    thief.environ_base["HTTP_USER_AGENT"] = FIREFOX["User-Agent"]
    give_password(thief, cast.bob)
    travel_to(timedelta(minutes=29))
    assert STOPPED not in subjects(outbox, cast.bob)
    travel_to(timedelta(minutes=1))
    mail = outbox.one(to=cast.bob)
    assert mail.subject == STOPPED
    assert "Ordinateur Windows, Firefox" in mail.text
    assert "8 h" in mail.text.replace("\u00a0", " ")
    assert mail.link("/ce-n-est-pas-moi/")
    travel_to(timedelta(hours=1))
    assert subjects(outbox, cast.bob).count(STOPPED) == 1


def test_a_finished_sign_in_is_not_told_as_stopped(app, cast, outbox, travel_to):
    sign_in_wholly(app.test_client(), cast.bob, outbox)
    travel_to(timedelta(hours=1))
    assert STOPPED not in subjects(outbox, cast.bob)


def test_beginning_again_in_one_browser_is_one_sign_in(app, cast, outbox, travel_to):
    own = app.test_client()
    give_password(own, cast.bob)
    travel_to(timedelta(minutes=5))
    sign_in_wholly(own, cast.bob, outbox)
    travel_to(timedelta(hours=1))
    assert STOPPED not in subjects(outbox, cast.bob)


def test_whoever_begins_again_does_not_put_the_warning_off(app, cast, outbox, travel_to):
    thief = app.test_client()
    for _ in range(4):
        give_password(thief, cast.bob)
        travel_to(timedelta(minutes=10))
    assert subjects(outbox, cast.bob).count(STOPPED) == 1
    travel_to(timedelta(hours=1))
    assert subjects(outbox, cast.bob).count(STOPPED) == 2


def test_the_owners_own_sign_in_does_not_withdraw_the_warning_about_a_thief(
    app, cast, outbox, travel_to
):
    give_password(app.test_client(), cast.bob)
    sign_in_wholly(app.test_client(), cast.bob, outbox)
    travel_to(timedelta(hours=1))
    assert subjects(outbox, cast.bob).count(STOPPED) == 1


def test_warnings_do_not_flood_a_mailbox(app, cast, outbox, travel_to):
    for _ in range(9):
        give_password(app.test_client(), cast.bob)
    travel_to(timedelta(hours=1))
    assert subjects(outbox, cast.bob).count(STOPPED) == brakes.WARNINGS_OF_ACCOUNT.count
