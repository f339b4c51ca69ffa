"""A dated hash is renewed by one sign-in while the same password is judged for another."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from core.database import db
from core.transaction import transaction
from security import passwords
from security.models import User
from security.operations import password_guard, second_steps, sign_in
from security.operations.second_steps import Proof, change_password, prove_password
from security.passwords import hash_password
from tests.cast import PASSWORD
from tests.security.steps import give_password
from tests.security.test_password_forms import old_hash, set_hash

pytestmark = pytest.mark.both_databases
OTHER = "Girafe-Bleue-88-pont"


def tries_of(user) -> int:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(User, user.id).wrong_passwords


@pytest.fixture
def together(monkeypatch):
    """Both have judged, and made the new hash, before either writes it down."""
    judged = Barrier(2)
    real = sign_in._renewed

    def renewed(stored, password):
        made = real(stored, password)
        judged.wait(20)
        return made

    monkeypatch.setattr(sign_in, "_renewed", renewed)


def sign_in_twice(app, user) -> list[int]:
    answers = []

    def press(number: int) -> None:
        with app.app_context():
            browser = app.test_client()
            answers.append(give_password(browser, user).status_code)
            db.session.remove()

    threads = [Thread(target=press, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(answers)


def test_both_sign_ins_go_on(app, cast, together):
    set_hash(cast.bob, old_hash(PASSWORD, time_cost=1))
    before = tries_of(cast.bob)
    db.session.remove()
    assert sign_in_twice(app, cast.bob) == [302, 302]
    assert tries_of(cast.bob) == before


def test_control_judged_once_the_second_reads_that_it_is_wrong(app, cast, together, monkeypatch):
    monkeypatch.setattr(password_guard, "judge_anew", lambda *_given: None)
    set_hash(cast.bob, old_hash(PASSWORD, time_cost=1))
    db.session.remove()
    assert sign_in_twice(app, cast.bob) == [302, 422]


def while_judging(monkeypatch, act):
    """Let ``act`` happen once a password was judged for the first time; count the judgements."""
    real, judged = passwords.verify_password, []

    def verify(stored, password):
        opens = real(stored, password)
        judged.append(opens)
        if len(judged) == 1:
            act()
        return opens

    monkeypatch.setattr(passwords, "verify_password", verify)
    return judged


def test_a_password_that_was_changed_meanwhile_opens_nothing(visitor, cast, monkeypatch):
    def change():
        proof = Proof(db.session.get_one(User, bob_id).password_hash)
        bob = db.session.get_one(User, bob_id)
        change_password(bob, bob, proof=proof, new_hash=hash_password(OTHER), keep=None)

    bob_id = cast.bob.id
    judged = while_judging(monkeypatch, change)
    assert give_password(visitor, cast.bob).status_code == 422
    assert judged == [True, False]


def test_it_is_judged_again_once_and_no_more(visitor, cast, monkeypatch):
    """However often it is renewed, one request costs two judgements."""
    bob_id = cast.bob.id
    real = password_guard.is_still

    def never(user, judged_hash):
        set_now(bob_id, hash_password(PASSWORD))
        return real(user, judged_hash)

    def set_now(user_id, stored):
        db.session.get_one(User, user_id).password_hash = stored
        db.session.flush()

    monkeypatch.setattr(password_guard, "is_still", never)
    judged = while_judging(monkeypatch, lambda: renew(bob_id))
    assert give_password(visitor, cast.bob).status_code == 422
    assert judged == [True, True]


def renew(user_id) -> None:
    with transaction():
        db.session.get_one(User, user_id).password_hash = hash_password(PASSWORD)


def test_who_confirms_their_password_is_not_refused_by_a_renewal(cast, monkeypatch):
    """Elsewhere they sign in at the same moment; what they prove here stands."""
    bob_id = cast.bob.id
    judged = while_judging(monkeypatch, lambda: renew(bob_id))
    proof = prove_password(cast.bob, PASSWORD)
    assert judged == [True, True]
    with transaction():
        second_steps.require_proof(cast.bob, proof)


@pytest.mark.parametrize("email", ["bob@example.org", "nobody@example.org"])
def test_a_wrong_password_is_judged_once_known_or_not(visitor, cast, monkeypatch, email):
    judged = while_judging(monkeypatch, lambda: renew(cast.bob.id))
    data = {"email": email, "password": "Pas-le-bon-mot-1"}
    assert visitor.post("/connexion", data=data).status_code == 422
    assert judged == [False]
