"""Brakes on guessing: they survive a new browser, a restart and a crowd."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from core import rate_limit
from core.audit import AuditEntry
from core.authorization import Anonymous
from core.database import db
from core.errors import TooManyRequestsError
from core.rate_limit import RateLimitHit
from security import passwords
from security.operations import brakes
from security.operations.sign_in import start_sign_in
from tests.cast import PASSWORD
from tests.security.steps import ask_for_code, give_code, give_password
from tests.security.test_sign_up_pages import register

BAD = "Pas-le-bon-mot-1"


@pytest.mark.both_databases
def test_after_five_wrong_passwords_one_waits_longer_and_longer(app, cast, page, travel_to):
    for _ in range(5):
        assert give_password(app.test_client(), cast.bob, BAD).status_code == 422
    refused = give_password(app.test_client(), cast.bob)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= 31
    assert "Trop d’essais. Pour votre sécurité, réessayez dans 31 secondes." in page(refused).text
    travel_to(timedelta(seconds=30))
    assert give_password(app.test_client(), cast.bob, BAD).status_code == 422
    travel_to(timedelta(seconds=59))
    assert give_password(app.test_client(), cast.bob).status_code == 429
    travel_to(timedelta(seconds=1))
    assert give_password(app.test_client(), cast.bob).status_code == 302


def test_an_unknown_address_waits_as_a_known_one_does(app, cast, visitor):
    data = {"email": "nobody@example.org", "password": BAD}
    statuses = [visitor.post("/connexion", data=data).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_the_right_password_forgets_the_wrong_ones(app, cast):
    for _ in range(4):
        give_password(app.test_client(), cast.bob, BAD)
    assert give_password(app.test_client(), cast.bob).status_code == 302
    for _ in range(5):
        assert give_password(app.test_client(), cast.bob, BAD).status_code == 422


def test_another_network_and_another_account_do_not_wait(app, cast):
    for _ in range(5):
        give_password(app.test_client(), cast.bob, BAD)
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    answer = app.test_client().post(
        "/connexion",
        data={"email": cast.bob.email, "password": PASSWORD},
        environ_overrides=elsewhere,
    )
    assert answer.status_code == 302
    assert give_password(app.test_client(), cast.chloe).status_code == 302


def test_neighbours_of_one_network_share_the_wait(app, cast):
    statuses = [
        app.test_client().post(
            "/connexion",
            data={"email": cast.bob.email, "password": BAD},
            environ_overrides={"REMOTE_ADDR": f"198.51.100.{n}"},
        ).status_code
        for n in range(6)
    ]  # fmt: skip
    assert statuses == [422] * 5 + [429]


@pytest.fixture
def slow_verifying(monkeypatch):
    """Make everybody's verification wait for everybody's: the worst moment to have looked first."""
    monkeypatch.setattr(passwords, "verify_password", lambda _stored, _password: False)


@pytest.mark.both_databases
def test_twenty_guesses_at_once_are_five_guesses(app, cast, slow_verifying):
    outcomes = []
    together = threading.Barrier(20)

    def guess():
        with app.app_context():
            try:
                together.wait()
                start_sign_in(
                    Anonymous(), identifier="bob@example.org", password=BAD, network="192.0.2.0/24"
                )
                outcomes.append("judged")
            except TooManyRequestsError:
                outcomes.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["judged"] * 5 + ["refused"] * 15


def test_counted_tries_name_nobody_in_the_database(app, cast):
    give_password(app.test_client(), cast.bob, BAD)
    kept = [(row.limit_name, row.key) for row in db.session.query(RateLimitHit)]
    assert {name for name, _ in kept} == {"password", "password_network"}
    assert not any("bob" in key or "." in key for _, key in kept)


def test_strangers_cannot_use_up_the_codes_of_an_account_case_r10(app, cast, outbox):
    """Ten forms of registration with somebody's address must not keep them from signing in."""
    statuses = [register(app.test_client(), email=cast.bob.email).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]
    browser = app.test_client()
    ask_for_code(browser, cast.bob)
    assert give_code(browser, outbox.one(to=cast.bob).code).status_code == 302


def test_codes_are_not_guessed_by_patience_case_s3(app, cast, travel_to, outbox):
    """Who knows the password has five tries a sign-in, thirty an hour, and a hundred a day."""
    for _ in range(100):
        rate_limit.hit(brakes.SECOND_STEPS_BY_DAY, str(cast.bob.id))
    browser = app.test_client()
    ask_for_code(browser, cast.bob)
    assert give_code(browser, outbox.one(to=cast.bob).code).status_code == 429
    travel_to(timedelta(days=1))
    later = app.test_client()
    ask_for_code(later, cast.bob)
    codes = [mail for mail in outbox.mails(to=cast.bob) if "code" in mail.subject.lower()]
    assert give_code(later, codes[-1].code).status_code == 302
    rate_limit.hit(brakes.SECOND_STEPS_BY_DAY, str(cast.bob.id))  # the right code forgot them all


def test_a_right_password_leaves_a_trace_without_secrets(app, cast):
    give_password(app.test_client(), cast.bob)
    entries = db.session.query(AuditEntry).all()
    assert {(one.permission, one.actor_kind, one.about_id, one.outcome) for one in entries} == {
        ("account:sign_in", "anonymous", cast.bob.id, "done")
    }
