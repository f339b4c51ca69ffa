"""Proving again who is there, before what an open page must not change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock, tokens
from core.database import db
from core.transaction import transaction
from security.models import BackupCode, Session
from tests.cast import PASSWORD

LATER = timedelta(minutes=11)
CODES = "/parametres/securite/codes-de-secours"
APP = "/parametres/securite/application"


def confirm(client, page_, password=PASSWORD, **more):
    return client.post("/confirmer", data={**page_.inputs, "step_up_password": password}, **more)


@pytest.mark.covers("case-S8")
def test_ten_minutes_after_signing_in_a_factor_asks_for_the_password_again(
    cast, sign_in, page, travel_to
):
    bob = sign_in(cast.bob)
    assert bob.get(CODES).status_code == 200
    travel_to(LATER)
    asked = bob.get(CODES, follow_redirects=True)
    shown = page(asked)
    assert "Est-ce toujours vous ?" in shown.text
    back = confirm(bob, shown)
    assert back.status_code == 302
    assert back.location == CODES
    assert bob.get(CODES).status_code == 200


@pytest.mark.covers("case-S8")
def test_a_form_sent_without_a_fresh_proof_is_refused_and_comes_back_whole(
    cast, sign_in, page, travel_to
):
    bob = sign_in(cast.bob)
    travel_to(LATER)
    refused = bob.post(CODES, data={"typed": "kept", "password": "never kept"})
    assert refused.status_code == 403
    assert db.session.query(BackupCode).count() == 0
    shown = page(refused)
    assert shown.inputs["typed"] == "kept"
    assert "never kept" not in shown.html
    done = confirm(bob, shown)
    assert done.status_code == 307
    assert done.location == CODES
    assert confirm(bob, shown, follow_redirects=True).status_code == 200
    assert db.session.query(BackupCode).count() == 8


def test_a_wrong_password_proves_nothing_and_keeps_what_was_typed(cast, sign_in, page, travel_to):
    bob = sign_in(cast.bob)
    travel_to(LATER)
    shown = page(bob.post(CODES, data={"typed": "kept"}))
    wrong = confirm(bob, shown, "Pas-le-bon-mot-1")
    assert wrong.status_code == 422
    assert page(wrong).inputs["typed"] == "kept"
    assert "Ce n’est pas votre mot de passe actuel." in page(wrong).text
    assert bob.get(CODES).status_code == 302
    assert db.session.query(BackupCode).count() == 0


def test_guessing_at_the_second_question_has_its_waits(cast, sign_in, page, travel_to):
    bob = sign_in(cast.bob)
    travel_to(LATER)
    shown = page(bob.get(CODES, follow_redirects=True))
    answers = [confirm(bob, shown, f"Pas-le-bon-mot-{n}").status_code for n in range(7)]
    assert answers == [422] * 5 + [429] * 2


@pytest.mark.both_databases
def test_a_proof_gives_the_device_a_new_token_and_the_old_one_dies(
    app, cast, sign_in, page, travel_to
):
    bob = sign_in(cast.bob)
    name = app.config["SESSION_COOKIE_NAME"]
    old = bob.get_cookie(name).value
    travel_to(LATER)
    confirm(bob, page(bob.get(CODES, follow_redirects=True)))
    new = bob.get_cookie(name).value
    assert new != old
    assert db.session.query(Session).one().token_hash == tokens.hash_token(new)
    thief = app.test_client()
    thief.set_cookie(name, old)
    assert thief.get("/parametres/securite").status_code == 302


def test_what_a_page_asks_with_the_old_token_does_not_take_the_new_one_away(app, cast, sign_in):
    bob = sign_in(cast.bob)
    name = app.config["SESSION_COOKIE_NAME"]
    bob.set_cookie(name, "a-token-that-was-just-renewed")
    unattended = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "is_unattended", False)
        and "<" not in rule.rule
        and "GET" in rule.methods
    ]
    assert unattended
    for path in unattended:
        assert "Set-Cookie" not in bob.get(path).headers, path
    assert "Set-Cookie" in bob.get("/compte").headers


def test_a_proof_leads_nowhere_but_to_our_own_pages(cast, sign_in, page, travel_to):
    bob = sign_in(cast.bob)
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "/confirmer"):
        travel_to(LATER)
        form = {"step_up_target": target, "step_up_again": "1", "step_up_password": PASSWORD}
        answer = bob.post("/confirmer", data=form)
        assert answer.location in {"/parametres/securite", "/confirmer"}
        if answer.location == "/confirmer":
            assert answer.status_code == 302


def test_a_session_from_before_this_question_has_proved_nothing(cast, sign_in):
    bob = sign_in(cast.bob)
    with transaction():
        db.session.query(Session).update({"proved_at": None})
    assert bob.get(CODES).status_code == 302


def test_a_program_is_told_in_its_own_words(cast, sign_in, travel_to):
    bob = sign_in(cast.bob)
    travel_to(LATER)
    answer = bob.post(f"{APP}/retrait", json={})
    assert answer.status_code == 403
    assert answer.json["error"] == "proof_needed"
    proved_at = db.session.query(Session).one().proved_at
    assert proved_at is not None
    assert clock.now() > proved_at
