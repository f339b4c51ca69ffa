"""A telephone signs in when it is proved, and of one account only."""

import pytest

from tests.cast import PASSWORD
from tests.security.phone import NUMBER, TYPED, give_phone
from tests.security.steps import choose, give_code, give_password, is_signed_in

WRONG = "Adresse ou mot de passe incorrect."


def try_in(visitor, identifier, password=PASSWORD):
    return visitor.post("/connexion", data={"email": identifier, "password": password})


@pytest.mark.parametrize("typed", [TYPED, "0639981234", "+33 (0)6 39 98 12 34", "0033639981234"])
def test_a_proved_number_signs_in_however_it_is_written(cast, visitor, outbox, typed):
    give_phone(cast.bob)
    assert try_in(visitor, typed).location == "/connexion/code"
    choose(visitor, "email")
    give_code(visitor, outbox.one(to=cast.bob).code)
    assert is_signed_in(visitor)


def test_the_page_asks_for_either(visitor, page):
    assert "Adresse e-mail ou téléphone" in page(visitor.get("/connexion")).text


def test_an_unproved_a_shared_and_an_unknown_number_get_the_same_refusal(cast, visitor, page):
    give_phone(cast.bob, proved=False)
    give_phone(cast.jeanne, "+33639980001")
    give_phone(cast.chloe, "+33639980001")
    answers = [try_in(visitor, typed) for typed in (TYPED, "06 39 98 00 01", "06 39 98 00 02")]
    assert {answer.status_code for answer in answers} == {422}
    assert all(WRONG in page(answer).text for answer in answers)
    assert all("methode" not in (answer.location or "") for answer in answers)


def test_a_shared_number_leaves_the_address_to_sign_in(cast, visitor):
    give_phone(cast.jeanne)
    give_phone(cast.chloe)
    assert give_password(visitor, cast.jeanne).status_code == 302


def test_every_identifier_costs_one_hash(cast, visitor, monkeypatch):
    """The same work for known, unknown, shared and unproved: that is what makes the same time."""
    from security import passwords

    give_phone(cast.bob)
    give_phone(cast.jeanne, "+33639980001", proved=False)
    judged = []
    verify = passwords.verify_password

    def count(*args):
        judged.append(1)
        return verify(*args)

    monkeypatch.setattr(passwords, "verify_password", count)
    for typed in (TYPED, "06 39 98 00 01", "06 39 98 00 02", "nobody@example.org"):
        judged.clear()
        try_in(visitor, typed, "Pas-le-bon-mot-1")
        assert judged == [1], typed


def test_address_and_number_share_one_brake(cast, app):
    give_phone(cast.bob)
    for identifier in (cast.bob.email, TYPED, cast.bob.email, TYPED, cast.bob.email):
        assert try_in(app.test_client(), identifier, "Pas-le-bon-mot-1").status_code == 422
    assert try_in(app.test_client(), NUMBER).status_code == 429


@pytest.mark.parametrize("typed", ["", "bob", "06 12", "0899123456", "\x00", "x" * 5000, "@", "+"])
def test_what_is_neither_is_told(visitor, page, typed):
    answer = try_in(visitor, typed)
    assert answer.status_code == 422
    assert "votre adresse e-mail" in page(answer).text
