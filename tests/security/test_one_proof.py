"""One proof is enough: a password is never asked twice within ten minutes."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest

from core import clock
from tests.cast import PASSWORD
from tests.security.test_second_steps import give_app

LATER = timedelta(minutes=11)
APP = "/parametres/securite/application"
CODES = "/parametres/securite/codes-de-secours"


def passwords_asked(answer) -> int:
    return len(re.findall(r'<input[^>]*type="password"', answer.get_data(as_text=True)))


def guarded_pages(app) -> list[str]:
    """Return every page that needs a fresh proof and whose address carries no number."""
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "needs_fresh_proof", False)
        and "GET" in rule.methods
        and "<" not in rule.rule
    ]


def test_after_one_proof_no_page_asks_for_a_password_again(app, cast, sign_in, travel_to):
    alice = sign_in(cast.alice)
    pages = guarded_pages(app)
    assert CODES in pages
    for path in pages:
        answer = alice.get(path)
        assert "/confirmer" not in (answer.location or ""), path
        assert passwords_asked(answer) == 0, path
    travel_to(LATER)
    assert all("/confirmer" in alice.get(path).location for path in pages)
    proof = {"step_up_password": PASSWORD, "step_up_target": CODES}
    assert alice.post("/confirmer", data=proof).location == CODES
    for path in pages:
        answer = alice.get(path)
        assert "/confirmer" not in (answer.location or ""), path
        assert passwords_asked(answer) == 0, path
    assert passwords_asked(alice.post(CODES)) == 0


@pytest.mark.covers("M72")
def test_the_page_that_turns_the_app_on_is_the_proof(cast, sign_in, page, travel_to):
    bob = sign_in(cast.bob)
    travel_to(LATER)
    assert passwords_asked(bob.get(APP)) == 0
    assert bob.post(f"{APP}/preparation").location == APP
    setup = bob.get(APP)
    assert setup.status_code == 200
    assert passwords_asked(setup) == 1
    secret = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page(setup).text)
    assert secret
    code = pyotp.TOTP(secret.group().replace(" ", "")).at(clock.now())
    assert bob.post(APP, data={"code": code, "password": PASSWORD}).status_code == 302
    assert passwords_asked(bob.get(CODES)) == 0, "the same proof serves the next page"
    assert bob.get(CODES).status_code == 200


def test_both_mistakes_of_the_app_are_told_together(cast, sign_in, page):
    bob = sign_in(cast.bob)
    bob.post(f"{APP}/preparation")
    told = page(bob.post(APP, data={"code": "12", "password": "Pas-le-bon-mot-1"})).text
    assert "Ce n’est pas votre mot de passe actuel." in told
    assert "6 chiffres" in told


def test_the_password_that_changes_the_password_serves_what_follows(cast, sign_in, travel_to):
    bob = sign_in(cast.bob)
    travel_to(LATER)
    assert passwords_asked(bob.get("/parametres/securite")) == 2  # the present one, the new one
    data = {"current": PASSWORD, "new": "Girafe-Bleue-88-pont"}
    assert bob.post("/parametres/securite/mot-de-passe", data=data).status_code == 302
    assert bob.get(CODES).status_code == 200


def test_an_app_is_taken_away_after_the_one_question(cast, sign_in, page, travel_to):
    give_app(cast.bob)
    bob = sign_in(cast.bob)
    travel_to(LATER)
    assert passwords_asked(bob.get(APP)) == 0
    asked = page(bob.post(f"{APP}/retrait"))
    done = bob.post("/confirmer", data={**asked.inputs, "step_up_password": PASSWORD})
    assert done.status_code == 307
    assert bob.post(done.location).status_code == 302
    assert "Commencer" in page(bob.get(APP)).text
