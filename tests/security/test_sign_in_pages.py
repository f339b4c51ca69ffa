"""Signing in by each way, in French, and each refusal as it is said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.database import db
from core.transaction import transaction
from security.models import SignInAttempt, User
from security.one_time_codes import OneTimeCode
from tests.cast import PASSWORD
from tests.security.steps import (
    ask_for_code,
    choose,
    give_code,
    give_password,
    is_signed_in,
    wrong,
)


@pytest.mark.covers("M51", "M52", "M54", "M55", "M58", "M76")
@pytest.mark.both_databases
def test_a_password_then_a_mailed_code_open_the_account(visitor, cast, outbox, page):
    assert "Bonjour, connectez-vous" in page(visitor.get("/connexion")).text
    answer = give_password(visitor, cast.jeanne)
    assert answer.location == "/connexion/code"
    choice = page(visitor.get("/connexion/methode"))
    assert "Par e-mail" in choice.text
    assert "À l’adresse j•••••@example.org" in choice.text
    assert "code de secours" not in choice.text
    assert "application" not in choice.text
    asked = page(visitor.get("/connexion/code"))
    assert "Nous l’avons envoyé à j•••••@example.org à 8 h." in asked.text
    mail = outbox.one(to=cast.jeanne)
    assert mail.code not in mail.subject
    assert mail.subject == "Votre code de connexion"
    assert not is_signed_in(visitor)
    assert give_code(visitor, mail.code).location == "/accueil"
    assert is_signed_in(visitor)


@pytest.mark.parametrize("typed", ["{0} {1}", "{0}-{1}", "{0}\u00a0{1}", " {0}.{1} "])
def test_a_code_may_be_spaced_as_one_likes(visitor, cast, outbox, typed):
    ask_for_code(visitor, cast.bob)
    code = outbox.one(to=cast.bob).code
    assert give_code(visitor, typed.format(code[:3], code[3:])).status_code == 302
    assert is_signed_in(visitor)


@pytest.mark.parametrize("typed", ["①②③④⑤⑥", "48102", "abcdef", "", "\x00\x00\x00\x00\x00\x00"])
def test_what_has_not_the_shape_of_a_code_costs_no_try(visitor, cast, outbox, page, typed):
    ask_for_code(visitor, cast.bob)
    answer = give_code(visitor, typed)
    assert answer.status_code == 422
    assert "Le code contient 6 chiffres" in page(answer).text
    assert db.session.query(SignInAttempt).one().tries == 0


@pytest.mark.parametrize("who", ["nobody@example.org", "bob@example.org"])
def test_a_wrong_password_and_an_unknown_address_read_the_same(visitor, cast, page, who):
    answer = visitor.post("/connexion", data={"email": who, "password": "Pas-le-bon-mot-1"})
    assert answer.status_code == 422
    shown = page(answer)
    assert "Adresse ou mot de passe incorrect." in shown.text
    assert shown.title.startswith("Erreur :")
    assert shown.inputs["email"] == who
    assert shown.inputs["password"] == ""


@pytest.mark.full_cost
def test_an_unknown_address_costs_as_much_hashing_as_a_known_one(visitor, cast, monkeypatch):
    from security import passwords

    verified = []
    real = passwords.verify_password

    def counting(stored, password):
        verified.append(stored)
        return real(stored, password)

    monkeypatch.setattr(passwords, "verify_password", counting)
    for email in ("nobody@example.org", "bob@example.org"):
        visitor.post("/connexion", data={"email": email, "password": "Pas-le-bon-mot-1"})
    assert len(verified) == 2
    assert {stored.split("$")[3] for stored in verified} == {"m=19456,t=2,p=1"}


@pytest.mark.covers("D6", "D7", "D8", "D12")
def test_both_who_has_an_account_and_who_comes_first_find_their_way(visitor, page):
    shown = page(visitor.get("/connexion"))
    assert "Bonjour, connectez-vous" in shown.text
    assert "Première visite ?" in shown.text
    assert "sécurité sociale n’est pas nécessaire" in shown.text
    assert "/connexion" in "".join(shown.actions)
    assert any(link.startswith("/inscription") for link in shown.links)


def test_capitals_and_spaces_round_an_address_do_not_matter(visitor, cast):
    answer = visitor.post("/connexion", data={"email": "  BOB@Example.ORG ", "password": PASSWORD})
    assert answer.location == "/connexion/code"


def test_a_very_long_password_is_refused_before_hashing(visitor, cast, page):
    answer = give_password(visitor, cast.bob, "x" * 257)
    assert answer.status_code == 422
    assert "256 caractères au maximum." in page(answer).text


def test_wrong_codes_are_counted_down_and_then_end_the_attempt(visitor, cast, outbox, page):
    ask_for_code(visitor, cast.bob)
    code = outbox.one(to=cast.bob).code
    for left in ("4 essais", "3 essais", "2 essais", "1 essai"):
        answer = give_code(visitor, wrong(code))
        assert answer.status_code == 422
        assert "Ce code n’est pas le bon." in page(answer).text
        assert f"Il vous reste {left}." in page(answer).text
    locked = page(give_code(visitor, wrong(code)))
    assert "Trop de codes incorrects" in locked.text
    assert "Recommencer" in locked.text
    assert "Trop de codes incorrects" in page(give_code(visitor, code)).text
    assert not is_signed_in(visitor)


def test_asking_for_another_code_does_not_give_the_tries_back(
    visitor, cast, outbox, page, travel_to
):
    ask_for_code(visitor, cast.bob)
    code = outbox.one(to=cast.bob).code
    for _ in range(4):
        give_code(visitor, wrong(code))
    travel_to(timedelta(seconds=61))
    visitor.post("/connexion/code/envoi")
    code = outbox.one(to=cast.bob).code
    assert "Trop de codes incorrects" in page(give_code(visitor, wrong(code))).text


def test_only_the_newest_code_counts(visitor, cast, outbox, page, travel_to):
    ask_for_code(visitor, cast.bob)
    old = outbox.one(to=cast.bob).code
    travel_to(timedelta(seconds=61))
    visitor.post("/connexion/code/envoi")
    new = outbox.one(to=cast.bob).code
    assert len(outbox.mails(to=cast.bob)) == 2
    if old != new:
        assert "Un code plus récent a été envoyé depuis." in page(give_code(visitor, old)).text
    assert give_code(visitor, new).status_code == 302


@pytest.mark.covers("M76")
def test_a_code_is_not_sent_again_within_a_minute(visitor, cast, outbox, page, travel_to):
    ask_for_code(visitor, cast.bob)
    shown = page(visitor.get("/connexion/code"))
    assert "Vous pourrez le renvoyer dans 60 secondes." in shown.text
    visitor.post("/connexion/code/envoi")
    assert len(outbox.mails(to=cast.bob)) == 1
    travel_to(timedelta(seconds=61))
    visitor.post("/connexion/code/envoi")
    assert len(outbox.mails(to=cast.bob)) == 2


def test_five_unused_codes_an_hour_are_enough(visitor, cast, outbox, page, travel_to):
    ask_for_code(visitor, cast.bob)
    for _ in range(4):
        travel_to(timedelta(seconds=61))
        assert visitor.post("/connexion/code/envoi").status_code == 302
    travel_to(timedelta(seconds=61))
    answer = visitor.post("/connexion/code/envoi")
    assert answer.status_code == 429
    assert "Trop de codes ont été demandés. Réessayez dans" in page(answer).text
    assert len(outbox.mails(to=cast.bob)) == 5


def test_signing_in_often_is_no_abuse(app, cast, outbox, travel_to):
    for _ in range(7):
        client = app.test_client()
        ask_for_code(client, cast.bob)
        assert give_code(client, outbox.one(to=cast.bob).code).status_code == 302
        travel_to(timedelta(minutes=2))


def test_a_code_dies_after_ten_minutes_and_says_so(visitor, cast, outbox, page, travel_to):
    ask_for_code(visitor, cast.bob)
    code = outbox.one(to=cast.bob).code
    travel_to(timedelta(minutes=10))
    assert "Ce code a expiré." in page(give_code(visitor, code)).text


def test_a_code_that_could_not_leave_in_time_never_leaves(visitor, cast, outbox, travel_to):
    ask_for_code(visitor, cast.bob)
    travel_to(timedelta(minutes=11))
    assert outbox.mails(to=cast.bob) == []


def test_the_code_of_one_attempt_opens_no_other(app, cast, outbox, page):
    first, second = app.test_client(), app.test_client()
    ask_for_code(first, cast.bob)
    code = outbox.one(to=cast.bob).code
    ask_for_code(second, cast.bob)
    if outbox.one(to=cast.bob).code != code:
        assert "Ce code n’est pas le bon." in page(give_code(second, code)).text
    assert give_code(first, code).status_code == 302


def test_nobody_skips_the_second_step(visitor, cast, connect):
    ask_for_code(visitor, cast.bob)
    for path in ("/parametres/securite", "/parametres/securite/application"):
        assert visitor.get(path).location.startswith("/connexion?suite=")
    asked = visitor.get("/parametres/securite", headers={"Accept": "application/json"})
    assert asked.status_code in {302, 401}


def test_a_slow_sign_in_starts_again(visitor, cast, page, travel_to):
    give_password(visitor, cast.bob)
    travel_to(timedelta(minutes=31))
    answer = visitor.get("/connexion/methode", follow_redirects=True)
    assert "Votre connexion a pris trop de temps." in page(answer).text


EVIL = pytest.mark.parametrize(
    "evil", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)


@EVIL
def test_signing_in_leads_to_our_own_pages_only(visitor, cast, outbox, evil):
    give_password(visitor, cast.bob, suite=evil)
    choose(visitor, "email")
    assert give_code(visitor, outbox.one(to=cast.bob).code).location == "/accueil"


def test_signing_in_leads_back_to_where_one_wanted_to_go(visitor, cast, outbox, page):
    sent = visitor.get("/parametres/securite").location
    assert page(visitor.get(sent)).inputs["suite"] == "/parametres/securite"
    give_password(visitor, cast.bob, suite="/parametres/securite")
    choose(visitor, "email")
    code = outbox.one(to=cast.bob).code
    assert give_code(visitor, code).location == "/parametres/securite"


def test_somebody_signed_in_needs_no_sign_in_page(cast, sign_in):
    bob = sign_in(cast.bob)
    assert bob.get("/connexion").location == "/accueil"
    assert bob.get("/connexion?suite=/bulles").location == "/bulles"
    assert bob.get("/inscription").location == "/accueil"


@EVIL
@pytest.mark.parametrize("where", ["data", "query_string"])
def test_no_page_on_the_way_in_or_out_leads_elsewhere(cast, sign_in, evil, where):
    """The form says where to go on, or else the address: neither says another site."""
    bob, given = sign_in(cast.bob), {where: {"suite": evil}}
    for path in ("/connexion", "/inscription", "/connexion/cle"):
        assert bob.post(path, **given).location == "/accueil", path
    assert bob.post("/deconnexion", **given).location == "/connexion"


def test_a_disabled_account_is_refused_like_a_wrong_password(app, visitor, cast, page):
    with transaction():
        cast.bob.is_enabled = False
    answer = give_password(visitor, cast.bob)
    assert answer.status_code == 422
    assert "Adresse ou mot de passe incorrect." in page(answer).text


def test_the_code_is_stored_nowhere_in_the_clear(visitor, cast, outbox):
    ask_for_code(visitor, cast.bob)
    code = outbox.one(to=cast.bob).code
    row = db.session.query(OneTimeCode).one()
    assert code not in row.code_hash
    assert len(row.code_hash) == 64


def test_the_code_is_never_logged(visitor, cast, outbox, caplog, capsys):
    caplog.set_level("DEBUG")
    ask_for_code(visitor, cast.bob)
    code = outbox.one(to=cast.bob).code
    give_code(visitor, wrong(code))
    give_code(visitor, code)
    spaced = f"{code[:3]}\u00a0{code[3:]}"
    written = caplog.text + "".join(capsys.readouterr())
    assert code not in written
    assert spaced not in written


@pytest.mark.parametrize(
    "bytes_",
    [b"\x00", b"\xff\xfe", b"\xed\xa0\x80", "\u202e😀".encode(), b"%00"],
)
@pytest.mark.parametrize("path", ["/connexion", "/inscription"])
def test_hostile_bytes_never_break_a_page(visitor, app, database, path, bytes_):
    body = b"&".join(
        name + b"=" + bytes_ + b"Motdepasse12@example.org"
        for name in (b"email", b"password", b"given_name", b"family_name", b"suite")
    )
    answer = visitor.post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {302, 422}


def test_signing_in_speaks_english_to_those_who_ask(visitor, app):
    answer = visitor.get("/connexion", headers={"Accept-Language": "en"})
    assert "Hello, please sign in" in answer.text


def test_an_account_exists_once_per_address(app, cast):
    assert db.session.query(User).filter_by(email="bob@example.org").count() == 1
