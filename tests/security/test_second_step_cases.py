"""The abuse cases of the second step, by the names they have in the security standard."""

from __future__ import annotations

import threading
from datetime import timedelta

import pyotp
import pytest
from structlog.testing import capture_logs

from core import clock
from core.authorization import Anonymous
from core.database import db
from security.models import SignInAttempt, TotpAuthenticator
from security.operations.sign_in import begin_attempt, check_code
from security.queries import find_attempt
from security.vocabulary import CodeCheck, SecondStep
from tests.cast import PASSWORD
from tests.security.steps import (
    ask_for_code,
    choose,
    give_code,
    give_password,
    is_signed_in,
    wrong,
)
from tests.security.test_second_steps import SECRET, give_app, give_backup_codes

APP = "/parametres/securite/application"


def app_code(offset: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(clock.now(), counter_offset=offset)


def walk_to_code(client, user, step: str) -> None:
    give_password(client, user)
    assert choose(client, step).status_code == 302


# ── case-S1: an app's code works once, and time does not run backwards ────────────────────────


def test_case_s1_the_same_code_a_second_time_is_refused(app, cast, page):
    give_app(cast.bob)
    first, second = app.test_client(), app.test_client()
    walk_to_code(first, cast.bob, "app")
    walk_to_code(second, cast.bob, "app")
    assert give_code(first, app_code()).status_code == 302
    again = give_code(second, app_code())
    assert again.status_code == 422
    assert "Ce code a déjà servi. Attendez le suivant" in page(again).text


def test_case_s1_an_older_code_of_the_window_is_refused_after_a_newer_one(app, cast):
    give_app(cast.bob)
    first, second = app.test_client(), app.test_client()
    walk_to_code(first, cast.bob, "app")
    walk_to_code(second, cast.bob, "app")
    assert give_code(first, app_code(+1)).status_code == 302
    for older in (0, -1):
        assert give_code(second, app_code(older)).status_code == 422
    assert not is_signed_in(second)


@pytest.mark.both_databases
def test_case_s1_of_twelve_at_once_one_succeeds(app, cast):
    give_app(cast.bob)
    tokens = [
        begin_attempt(Anonymous(), cast.bob, proved_hash=cast.bob.password_hash).token
        for _ in range(12)
    ]
    code, checks, together = app_code(), [], threading.Barrier(12)

    def use(token):
        with app.app_context():
            attempt = find_attempt(token)
            together.wait()
            judged = check_code(
                Anonymous(), attempt, step=SecondStep.APP, code=code, device="", browser=""
            )
            checks.append(judged.check)
            db.session.remove()

    threads = [threading.Thread(target=use, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(checks) == [CodeCheck.RIGHT] + [CodeCheck.USED] * 11


# ── case-S2: separators are ignored, other signs are refused in words ─────────────────────────


@pytest.mark.parametrize(
    "written", ["{0} {1}", "{0}-{1}", "{0}\u00a0{1}", "{0}\u202f{1}", "{0}–{1}", "\t{0}.{1}\r\n"]
)
@pytest.mark.parametrize("step", ["email", "app"])
def test_case_s2_a_code_is_read_however_it_is_spaced(app, cast, outbox, written, step):
    give_app(cast.bob)
    client = app.test_client()
    walk_to_code(client, cast.bob, step)
    code = outbox.one(to=cast.bob).code if step == "email" else app_code()
    assert give_code(client, written.format(code[:3], code[3:])).status_code == 302


@pytest.mark.parametrize(
    "typed", ["①②③④⑤⑥", "⁴⁸¹⁰²⁷", "48102é", "\ud800" * 6, "\x00" * 6, "1" * 100_000, "+48102"]
)
@pytest.mark.parametrize("step", ["email", "app", "backup"])
def test_case_s2_other_signs_are_refused_in_words(app, cast, page, typed, step):
    give_app(cast.bob)
    give_backup_codes(cast.bob)
    client = app.test_client()
    walk_to_code(client, cast.bob, step)
    answer = give_code(client, typed.encode("utf-8", "surrogatepass"))
    assert answer.status_code == 422
    assert "Le code contient 6 chiffres" in page(answer).text or "8 lettres" in page(answer).text


# ── case-S3: five tries, whatever is sent again ───────────────────────────────────────────────


def test_case_s3_the_sixth_try_and_a_new_code_are_void(visitor, cast, outbox, page, travel_to):
    ask_for_code(visitor, cast.bob)
    code = outbox.one(to=cast.bob).code
    for _ in range(3):
        give_code(visitor, wrong(code))
    travel_to(timedelta(seconds=61))
    visitor.post("/connexion/code/envoi")
    code = outbox.one(to=cast.bob).code
    shown = page(give_code(visitor, wrong(code)))
    assert "Il vous reste 1 essai." in shown.text
    assert "Trop de codes incorrects" in page(give_code(visitor, wrong(code))).title
    assert "Trop de codes incorrects" in page(give_code(visitor, code)).title
    assert not is_signed_in(visitor)


# ── case-S4: a backup code works once, as it was copied ───────────────────────────────────────


@pytest.mark.parametrize("written", [str.lower, lambda c: c.replace("-", ""), lambda c: f" {c} "])
def test_case_s4_a_backup_code_is_accepted_as_it_was_typed(app, cast, written):
    code = give_backup_codes(cast.bob)[3]
    client = app.test_client()
    walk_to_code(client, cast.bob, "backup")
    assert give_code(client, written(code)).status_code == 302


def test_case_s4_a_backup_code_used_twice_says_so(app, cast, page):
    code = give_backup_codes(cast.bob)[0]
    first, second = app.test_client(), app.test_client()
    walk_to_code(first, cast.bob, "backup")
    walk_to_code(second, cast.bob, "backup")
    assert give_code(first, code).status_code == 302
    assert "Ce code de secours a déjà servi" in page(give_code(second, code)).text


# ── case-S6: of another attempt, of another account, too old, replaced ────────────────────────


def test_case_s6_anothers_code_is_only_wrong_even_when_it_is_old(
    app, cast, outbox, page, travel_to
):
    hers, his, other = app.test_client(), app.test_client(), app.test_client()
    ask_for_code(hers, cast.chloe)
    foreign = outbox.one(to=cast.chloe).code
    ask_for_code(his, cast.bob)
    own = outbox.one(to=cast.bob).code
    travel_to(timedelta(minutes=2))
    ask_for_code(other, cast.bob)
    if foreign != own:
        assert "n’est pas le bon" in page(give_code(his, foreign)).text
    if own != outbox.one(to=cast.bob).code:
        assert "n’est pas le bon" in page(give_code(other, own)).text
    travel_to(timedelta(minutes=10))
    assert "Ce code a expiré" in page(give_code(his, own)).text
    assert not any(is_signed_in(client) for client in (hers, his, other))


def test_case_s6_a_replaced_code_says_that_a_newer_one_was_sent(
    visitor, cast, outbox, page, travel_to
):
    ask_for_code(visitor, cast.bob)
    old = outbox.one(to=cast.bob).code
    travel_to(timedelta(minutes=2))
    visitor.post("/connexion/code/envoi")
    if old != outbox.one(to=cast.bob).code:
        shown = page(give_code(visitor, old)).text
        assert "Un code plus récent a été envoyé depuis." in shown
        assert "à 8 h 02" in shown
        assert "Il vous reste 4 essais." in shown


# ── case-S7: the step cannot be walked round ──────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/accueil", "/messages", "/parametres/securite", "/compte"])
def test_case_s7_half_a_sign_in_opens_no_private_page(visitor, cast, path):
    ask_for_code(visitor, cast.bob)
    assert visitor.get(path).location.startswith("/connexion?")
    as_program = visitor.get(path, headers={"Accept": "application/json"})
    assert as_program.status_code == 401
    assert visitor.post(path).status_code in {401, 405}


# ── case-S9: an app is on once its first code was right ───────────────────────────────────────


def test_case_s9_a_wrong_code_enables_nothing_and_each_start_has_its_secret(
    app, cast, sign_in, page, travel_to
):
    bob = sign_in(cast.bob)
    bob.post(f"{APP}/preparation")
    first = db.session.query(TotpAuthenticator).one().secret
    data = {"code": wrong(pyotp.TOTP(first).at(clock.now())), "password": PASSWORD}
    assert bob.post(APP, data=data).status_code == 422
    assert db.session.query(TotpAuthenticator).one().enabled_at is None
    db.session.rollback()
    bob.post(f"{APP}/preparation")
    db.session.expire_all()
    second = db.session.query(TotpAuthenticator).one().secret
    assert second != first
    travel_to(timedelta(minutes=31))
    bob = sign_in(cast.bob)
    assert "Installez une application" not in page(bob.get(APP)).text
    data = {"code": pyotp.TOTP(second).at(clock.now()), "password": PASSWORD}
    bob.post(APP, data=data)
    db.session.expire_all()
    assert db.session.query(TotpAuthenticator).one().enabled_at is None


# ── case-S13: a telephone whose clock is off ──────────────────────────────────────────────────


@pytest.mark.parametrize("drift", [-90, -70, 70, 90])
def test_case_s13_a_phone_whose_clock_is_off_is_told_so(app, cast, page, drift):
    give_app(cast.bob)
    client = app.test_client()
    walk_to_code(client, cast.bob, "app")
    late = pyotp.TOTP(SECRET).at(clock.now() + timedelta(seconds=drift))
    with capture_logs() as logs:
        answer = give_code(client, late)
    assert [one["event"] for one in logs] == ["authenticator_clock_off", "refused"]
    assert late not in str(logs)
    assert answer.status_code == 422
    assert "l’heure de votre téléphone" in page(answer).text
    assert not is_signed_in(client)
    assert db.session.query(SignInAttempt).one().tries == 1
