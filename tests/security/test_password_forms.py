"""The same password, typed on another keyboard; and hashes that are no longer made as they were."""

import pytest
from argon2 import PasswordHasher

from core.database import db
from core.transaction import transaction
from security import passwords
from security.models import User
from tests.cast import PASSWORD

pytestmark = pytest.mark.full_cost
SPACED = "Tilleul Radio marche 7"
SPACES = ["\u00a0", "\u202f", "\u3000", "\u2003", "\u1680"]


@pytest.fixture
def peppers():
    def configure(pepper="", *former):
        passwords.configure(pepper=pepper, policy="composed", former=former)

    yield configure
    configure()


def old_hash(password, **costs):
    """As it was made before spaces were put in one form, and before a hash named its pepper."""
    return PasswordHasher(
        **({"time_cost": 2, "memory_cost": 19456, "parallelism": 1} | costs)
    ).hash(password)


def set_hash(user, stored):
    with transaction():
        db.session.get(User, user.id).password_hash = stored


def hash_of(user):
    db.session.rollback()
    db.session.expire_all()
    return db.session.get(User, user.id).password_hash


def sign_in_page(visitor, password, email="bob@example.org"):
    return visitor.post("/connexion", data={"email": email, "password": password})


@pytest.mark.parametrize("space", SPACES)
def test_every_space_is_the_same_space(space):
    stored = passwords.hash_password(SPACED)
    assert passwords.verify_password(stored, SPACED.replace(" ", space))
    assert passwords.verify_password(passwords.hash_password(SPACED.replace(" ", space)), SPACED)


@pytest.mark.parametrize("other", ["\u200b", "\t", "\u200d", "\ufb01", "\uff21", "\u0130"])
def test_nothing_else_is_changed(other):
    assert passwords.prepare(f"a{other}b") == f"a{other}b"


def test_accents_are_put_together_after_the_spaces():
    assert passwords.prepare("E\u0301te\u0301\u00a0!") == "\u00c9t\u00e9 !"


def test_rules_judge_the_prepared_form():
    assert passwords.broken_rules("Te\u0301le\u0301-Rad7x") == [passwords.PasswordRule.LENGTH]
    assert passwords.PasswordRule.COMMON in passwords.broken_rules("Password\u00a0123456")


@pytest.mark.both_databases
@pytest.mark.parametrize("space", SPACES[:3])
def test_an_account_opens_from_every_keyboard(visitor, cast, space):
    set_hash(cast.bob, passwords.hash_password(SPACED))
    assert sign_in_page(visitor, SPACED.replace(" ", space)).status_code == 302


@pytest.mark.both_databases
def test_a_password_kept_with_another_space_opens_and_is_hashed_anew(visitor, cast):
    typed = SPACED.replace(" ", "\u00a0")
    set_hash(cast.bob, old_hash(typed))
    assert sign_in_page(visitor, SPACED).status_code == 422
    assert sign_in_page(visitor, typed).status_code == 302
    assert passwords.verify_password(hash_of(cast.bob), SPACED)
    assert sign_in_page(visitor, SPACED).status_code == 302


@pytest.mark.both_databases
@pytest.mark.parametrize("costs", [{}, {"time_cost": 1}, {"memory_cost": 8192}])
def test_a_hash_made_otherwise_is_renewed_at_the_next_sign_in_only(visitor, cast, costs):
    stored = old_hash(PASSWORD, **costs)
    set_hash(cast.bob, stored)
    sign_in_page(visitor, "Pas-le-bon-mot-1")
    assert hash_of(cast.bob) == stored
    sign_in_page(visitor, PASSWORD)
    renewed = hash_of(cast.bob)
    assert renewed != stored
    assert "m=19456,t=2,p=1" in renewed
    sign_in_page(visitor, PASSWORD)
    assert hash_of(cast.bob) == renewed


def test_a_pepper_may_come_later_and_be_replaced(visitor, cast, peppers):
    set_hash(cast.bob, passwords.hash_password(PASSWORD))
    for pepper, *former in [("first pepper",), ("second pepper", "first pepper")]:
        peppers(pepper, *former)
        assert sign_in_page(visitor, PASSWORD).status_code == 302
    peppers("second pepper")
    assert sign_in_page(visitor, PASSWORD).status_code == 302
    peppers("third pepper")
    assert sign_in_page(visitor, PASSWORD).status_code == 422


@pytest.mark.parametrize("email", ["bob@example.org", "nobody@example.org"])
@pytest.mark.parametrize(("typed", "hashes"), [("Pas-le-bon-mot-1", 1), ("Pas le\u00a0bon 1", 2)])
def test_the_second_form_costs_the_same_for_known_and_unknown(
    visitor, cast, monkeypatch, email, typed, hashes
):
    passwords.decoy_hash()
    opened = []
    real = passwords._opens

    def counting(stored, form):
        opened.append(form)
        return real(stored, form)

    monkeypatch.setattr(passwords, "_opens", counting)
    sign_in_page(visitor, typed, email)
    assert len(opened) == hashes


@pytest.mark.both_databases
def test_the_current_password_is_asked_again_in_any_form(sign_in, cast):
    set_hash(cast.bob, passwords.hash_password(SPACED))
    browser = sign_in(cast.bob)
    answer = browser.post(
        "/parametres/securite/mot-de-passe",
        data={"current": SPACED.replace(" ", "\u202f"), "new": "Prune\u00a0Vapeur chaise 8"},
    )
    assert answer.status_code == 302
    assert passwords.verify_password(hash_of(cast.bob), "Prune Vapeur\u3000chaise 8")
