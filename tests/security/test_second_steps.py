"""Backup codes and the authenticator app: set up, used at sign-in, used once."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import text

from core import clock
from core.authorization import Anonymous
from core.database import db
from core.errors import ConflictError
from core.transaction import transaction
from security import totp
from security.models import BackupCode, SignInAttempt, TotpAuthenticator
from security.operations.second_steps import (
    Proof,
    make_backup_codes,
    replace_backup_codes,
)
from security.operations.sign_in import begin_attempt, check_code
from security.passwords import hash_secret
from security.vocabulary import CodeCheck, SecondStep
from tests.cast import PASSWORD
from tests.security.steps import choose, give_code, give_password, is_signed_in

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AT_ONCE = 12


def give_backup_codes(user) -> list[str]:
    shown, hashes = make_backup_codes(user)
    replace_backup_codes(user, user, proof=Proof(user.password_hash), hashes=hashes)
    return shown


def give_app(user) -> pyotp.TOTP:
    with transaction():
        now = clock.now()
        db.session.add(
            TotpAuthenticator(user_id=user.id, secret=SECRET, created_at=now, enabled_at=now)
        )
    return pyotp.TOTP(SECRET)


def wait_for_code(client, user, step: str) -> None:
    give_password(client, user)
    assert choose(client, step).status_code == 302


# ── Backup codes ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M59", "M60", "M61", "M62", "M63", "M64", "M66", "M67")
def test_eight_codes_are_made_after_a_confirmation_and_shown_once(cast, sign_in, page, outbox):
    bob = sign_in(cast.bob)
    settings = page(bob.get("/parametres/securite"))
    assert "Générer des nouveaux codes" in settings.text
    assert "Si vous n’avez pas accès à vos e-mails. Aucun" in settings.text
    asked = page(bob.get("/parametres/securite/codes-de-secours"))
    assert "aucune fenêtre ne s’ouvre" in asked.text
    assert "OK" in asked.text
    assert db.session.query(BackupCode).count() == 0
    shown = page(bob.post("/parametres/securite/codes-de-secours"))
    codes = re.findall(r"<li>([2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4})</li>", shown.html)
    assert len(set(codes)) == 8
    assert "Conservez-les précieusement" in shown.text
    again = page(bob.get("/parametres/securite/codes-de-secours"))
    assert not any(code in again.html for code in codes)
    assert "Vos codes actuels ne marcheront plus" in again.text
    assert "8 codes restants sur 8" in page(bob.get("/parametres/securite")).text
    assert outbox.one(to=cast.bob).subject == "Vos codes de secours ont été remplacés"


def test_codes_are_not_made_without_a_proof_of_the_last_ten_minutes(cast, sign_in, travel_to):
    bob = sign_in(cast.bob)
    travel_to(timedelta(minutes=11))
    assert bob.post("/parametres/securite/codes-de-secours").status_code == 403
    assert db.session.query(BackupCode).count() == 0


@pytest.mark.covers("M53", "M65", "M75")
@pytest.mark.both_databases
def test_a_backup_code_opens_once(app, cast, page):
    code = give_backup_codes(cast.bob)[4]
    first, second = app.test_client(), app.test_client()
    wait_for_code(first, cast.bob, "backup")
    assert "Entrez un de vos codes de secours" in page(first.get("/connexion/code")).text
    assert give_code(first, code.lower()).location == "/accueil"
    assert is_signed_in(first)
    assert "7 codes restants sur 8" in page(first.get("/parametres/securite")).text
    wait_for_code(second, cast.bob, "backup")
    answer = give_code(second, code)
    assert answer.status_code == 422
    assert "Ce code de secours a déjà servi." in page(answer).text
    assert not is_signed_in(second)


@pytest.mark.covers("M67")
def test_a_new_set_kills_the_old_one(visitor, cast, page):
    old = give_backup_codes(cast.bob)[0]
    new = give_backup_codes(cast.bob)[0]
    wait_for_code(visitor, cast.bob, "backup")
    assert "Ce code n’est pas le bon." in page(give_code(visitor, old)).text
    assert give_code(visitor, new).status_code == 302


@pytest.mark.parametrize("typed", ["OOOO-1111", "7K4M", "", "٤٨١٠٢٧٤٨"])
def test_what_cannot_be_a_backup_code_costs_no_try(visitor, cast, page, typed):
    give_backup_codes(cast.bob)
    wait_for_code(visitor, cast.bob, "backup")
    answer = give_code(visitor, typed)
    assert "Un code de secours contient 8 lettres et chiffres" in page(answer).text
    assert db.session.query(SignInAttempt).one().tries == 0


@pytest.mark.covers("M75")
def test_used_up_codes_are_no_longer_offered(visitor, cast, page):
    give_backup_codes(cast.bob)
    with transaction():
        for row in db.session.query(BackupCode):
            row.used_at = clock.now()
    give_password(visitor, cast.bob)
    assert "code de secours" not in page(visitor.get("/connexion/methode")).text
    assert choose(visitor, "backup").status_code == 422


def test_codes_of_somebody_else_open_nothing(visitor, cast, page):
    give_backup_codes(cast.bob)
    theirs = give_backup_codes(cast.chloe)[0]
    wait_for_code(visitor, cast.bob, "backup")
    assert "Ce code n’est pas le bon." in page(give_code(visitor, theirs)).text


def test_a_proof_for_an_older_password_changes_nothing(app, cast):
    with pytest.raises(ConflictError):
        replace_backup_codes(cast.bob, cast.bob, proof=Proof("older"), hashes=[])


# ── Authenticator app ─────────────────────────────────────────────────────────────────────────


def shown_secret(page_) -> str:
    found = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page_.text)
    assert found
    return found.group().replace(" ", "")


@pytest.mark.covers("M68", "M69", "M70", "M71", "M72", "M73", "M74", "M75")
@pytest.mark.both_databases
def test_an_app_is_set_up_with_its_code_and_the_password(app, cast, sign_in, page, outbox):
    bob = sign_in(cast.bob)
    intro = page(bob.get("/parametres/securite/application"))
    assert "uniquement si vous possédez un smartphone" in intro.text
    assert "hors connexion" in intro.text
    assert db.session.query(TotpAuthenticator).count() == 0
    bob.post("/parametres/securite/application/preparation")
    setup = page(bob.get("/parametres/securite/application"))
    assert 'src="data:image/svg+xml;base64,' in setup.html
    assert "Activer cette méthode de validation" in setup.text
    code = pyotp.TOTP(shown_secret(setup)).at(clock.now())
    done = bob.post(
        "/parametres/securite/application",
        data={"code": code, "password": PASSWORD},
        follow_redirects=True,
    )
    assert "L’application de validation en deux étapes est bien configurée !" in page(done).text
    assert outbox.one(to=cast.bob).subject.startswith("Une application d’authentification")
    other = app.test_client()
    give_password(other, cast.bob)
    assert "Avec mon application" in page(other.get("/connexion/methode")).text


@pytest.mark.covers("M72")
def test_the_wrong_one_of_code_and_password_is_named(cast, sign_in, page):
    bob = sign_in(cast.bob)
    bob.post("/parametres/securite/application/preparation")
    url = "/parametres/securite/application"
    secret = shown_secret(page(bob.get(url)))
    code = pyotp.TOTP(secret).at(clock.now())
    wrong_code = pyotp.TOTP(secret).at(clock.now() + timedelta(days=9))
    refused = page(bob.post(url, data={"code": code, "password": "Pas-le-bon-mot-1"}))
    assert "Ce n’est pas votre mot de passe actuel." in refused.text
    assert "Ce code n’est pas le bon." not in refused.text
    refused = page(bob.post(url, data={"code": wrong_code, "password": PASSWORD}))
    assert "Ce code n’est pas le bon." in refused.text
    assert "Ce n’est pas votre mot de passe actuel." not in refused.text
    assert db.session.query(TotpAuthenticator).one().enabled_at is None


def test_each_start_makes_another_secret_and_a_forgotten_one_dies(cast, sign_in, page, travel_to):
    bob = sign_in(cast.bob)
    url = "/parametres/securite/application"
    bob.post(f"{url}/preparation")
    first = shown_secret(page(bob.get(url)))
    assert shown_secret(page(bob.get(url))) == first
    bob.post(f"{url}/preparation")
    assert shown_secret(page(bob.get(url))) != first
    travel_to(timedelta(minutes=29))
    assert shown_secret(page(sign_in(cast.bob).get(url)))
    travel_to(timedelta(minutes=2))
    assert "Commencer" in page(sign_in(cast.bob).get(url)).text


def test_a_pending_app_is_not_offered_at_sign_in(app, cast, sign_in, page):
    sign_in(cast.bob).post("/parametres/securite/application/preparation")
    other = app.test_client()
    give_password(other, cast.bob)
    assert "application" not in page(other.get("/connexion/methode")).text


def test_the_secret_is_sealed_in_the_database(app, cast, sign_in):
    sign_in(cast.bob).post("/parametres/securite/application/preparation")
    raw = db.session.execute(text("SELECT secret FROM totp_authenticators")).scalar_one()
    assert raw.startswith("v2.")
    assert db.session.query(TotpAuthenticator).one().secret not in raw


@pytest.mark.covers("M53")
def test_an_app_code_opens_once(app, cast, page, travel_to):
    generator = give_app(cast.bob)
    first, second = app.test_client(), app.test_client()
    code = generator.at(clock.now())
    wait_for_code(first, cast.bob, "app")
    assert give_code(first, code).location == "/accueil"
    wait_for_code(second, cast.bob, "app")
    assert "Ce code a déjà servi." in page(give_code(second, code)).text
    older = generator.at(clock.now() - timedelta(seconds=30))
    assert "Ce code a déjà servi." in page(give_code(second, older)).text
    travel_to(timedelta(seconds=30))
    assert give_code(second, generator.at(clock.now())).status_code == 302


@pytest.mark.parametrize("drift", [-70, 70, 250])
def test_a_phone_whose_clock_is_off_is_told_so(visitor, cast, page, drift):
    generator = give_app(cast.bob)
    wait_for_code(visitor, cast.bob, "app")
    answer = give_code(visitor, generator.at(clock.now() + timedelta(seconds=drift)))
    assert answer.status_code == 422
    assert "Vérifiez l’heure de votre téléphone" in page(answer).text


def test_the_app_is_removed_with_a_fresh_proof_only(cast, sign_in, page, outbox, travel_to):
    give_app(cast.bob)
    bob = sign_in(cast.bob)
    assert "Retirer l’application" in page(bob.get("/parametres/securite/application")).text
    url = "/parametres/securite/application/retrait"
    travel_to(timedelta(minutes=11))
    assert bob.post(url, data={"password": PASSWORD}).status_code == 403
    assert db.session.query(TotpAuthenticator).count() == 1
    assert sign_in(cast.bob).post(url).status_code == 302
    assert db.session.query(TotpAuthenticator).count() == 0
    assert "retirée" in outbox.one(to=cast.bob).subject


def test_an_enabled_app_is_not_replaced_by_starting_again(cast, sign_in):
    give_app(cast.bob)
    assert sign_in(cast.bob).post("/parametres/securite/application/preparation").status_code == 409
    assert db.session.query(TotpAuthenticator).one().secret == SECRET


# ── Many at once ──────────────────────────────────────────────────────────────────────────────


def try_at_once(app, tries) -> list[CodeCheck]:
    """Run each try in a thread of its own, all let go at the same moment."""
    barrier = threading.Barrier(len(tries))
    outcomes: list[CodeCheck] = []

    def run(job):
        with app.app_context():
            try:
                barrier.wait()
                outcomes.append(job())
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(job,)) for job in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def attempts_of(user, count: int) -> list[int]:
    for _ in range(count):
        begin_attempt(Anonymous(), user, proved_hash=user.password_hash)
    return [row.id for row in db.session.query(SignInAttempt).filter_by(user_id=user.id)]


def trying(attempt_id: int, step: SecondStep, code: str):
    def job():
        attempt = db.session.get(SignInAttempt, attempt_id)
        return check_code(Anonymous(), attempt, step=step, code=code, device="").check

    return job


@pytest.mark.both_databases
def test_twelve_uses_of_one_app_code_at_once_open_once(app, cast):
    code = give_app(cast.bob).at(clock.now())
    ids = attempts_of(cast.bob, AT_ONCE)
    outcomes = try_at_once(app, [trying(one, SecondStep.APP, code) for one in ids])
    assert len(outcomes) == AT_ONCE
    assert outcomes.count(CodeCheck.RIGHT) == 1


@pytest.mark.both_databases
def test_twelve_uses_of_one_backup_code_at_once_open_once(app, cast):
    code = "7K4M29QX"  # a set of one: seven more would only cost time
    proof = Proof(cast.bob.password_hash)
    replace_backup_codes(cast.bob, cast.bob, proof=proof, hashes=[hash_secret(code)])
    ids = attempts_of(cast.bob, AT_ONCE)
    outcomes = try_at_once(app, [trying(one, SecondStep.BACKUP, code) for one in ids])
    assert len(outcomes) == AT_ONCE
    assert outcomes.count(CodeCheck.RIGHT) == 1


@pytest.mark.both_databases
def test_guesses_at_once_get_no_more_tries_than_guesses_in_a_row(app, cast):
    give_app(cast.bob)
    (attempt_id,) = attempts_of(cast.bob, 1)
    guesses = [trying(attempt_id, SecondStep.APP, f"{n:06}") for n in range(AT_ONCE)]
    outcomes = try_at_once(app, guesses)
    db.session.rollback()
    assert db.session.query(SignInAttempt).one().tries == 5
    assert outcomes.count(CodeCheck.LOCKED) >= AT_ONCE - 4


@pytest.mark.both_databases
def test_control_without_the_atomic_update_one_code_opens_twice(app, cast):
    """What the atomic statement prevents does happen when one looks first and writes after."""
    generator = give_app(cast.bob)
    step = totp.matching_step(SECRET, generator.at(clock.now()), clock.now())
    assert step is not None
    looked = threading.Barrier(2)

    def naive():
        row = db.session.query(TotpAuthenticator).one()
        fresh = row.last_step < step
        db.session.rollback()
        looked.wait()
        if not fresh:
            return CodeCheck.USED
        with transaction():
            db.session.query(TotpAuthenticator).one().last_step = step
        return CodeCheck.RIGHT

    assert try_at_once(app, [naive, naive]) == [CodeCheck.RIGHT, CodeCheck.RIGHT]
