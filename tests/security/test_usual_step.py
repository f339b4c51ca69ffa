"""The second step begins as the person usually takes it: nobody chooses among one way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.database import db
from security.models import SignInAttempt
from tests.cast import PASSWORD
from tests.security.steps import choose, give_code, give_password, is_signed_in
from tests.security.test_second_steps import give_app

LATER = timedelta(minutes=2)


@pytest.mark.covers("M58", "M76")
@pytest.mark.both_databases
def test_the_code_leaves_with_the_right_password(visitor, cast, outbox, page):
    assert give_password(visitor, cast.jeanne).location == "/connexion/code"
    code = outbox.one(to=cast.jeanne).code
    shown = page(visitor.get("/connexion/code"))
    assert "Nous l’avons envoyé à j•••••@example.org" in shown.text
    assert "/connexion/methode" not in shown.links, "there is no other way to choose"
    assert give_code(visitor, code).status_code == 302
    assert is_signed_in(visitor)


def test_nothing_leaves_with_a_wrong_password_or_for_nobody(visitor, cast, outbox):
    assert give_password(visitor, cast.jeanne, "Pas-le-bon-mot-1").status_code == 422
    visitor.post("/connexion", data={"email": "nobody@example.org", "password": PASSWORD})
    assert outbox.mails(to=cast.jeanne) == []
    assert outbox.mails() == []


def test_the_same_password_sent_again_within_the_minute_sends_one_mail(
    visitor, cast, outbox, travel_to
):
    for _ in range(3):
        assert give_password(visitor, cast.jeanne).location == "/connexion/code"
    [mail] = outbox.mails(to=cast.jeanne)
    assert db.session.query(SignInAttempt).count() == 1
    choose(visitor, "email")
    assert len(outbox.mails(to=cast.jeanne)) == 1
    assert give_code(visitor, mail.code).status_code == 302


def test_the_password_of_another_person_in_the_same_browser_begins_anew(visitor, cast, outbox):
    give_password(visitor, cast.jeanne)
    first = outbox.one(to=cast.jeanne).code
    give_password(visitor, cast.bob)
    assert len(outbox.mails(to=cast.bob)) == 1
    assert give_code(visitor, first).status_code == 422 or first == outbox.one(to=cast.bob).code
    assert not is_signed_in(visitor)


def test_a_wrong_code_is_not_forgotten_by_sending_the_password_again(visitor, cast, outbox):
    give_password(visitor, cast.jeanne)
    first = outbox.one(to=cast.jeanne).code
    give_code(visitor, "000000" if first != "000000" else "111111")
    give_password(visitor, cast.jeanne)
    assert len(outbox.mails(to=cast.jeanne)) == 2


def test_who_has_an_app_is_asked_for_it_until_they_choose_otherwise(
    app, cast, outbox, page, travel_to
):
    generator = give_app(cast.bob)
    first = app.test_client()
    assert give_password(first, cast.bob).location == "/connexion/code"
    shown = page(first.get("/connexion/code"))
    assert "Entrez le code affiché dans votre application" in shown.text
    assert "/connexion/methode" in shown.links
    assert outbox.mails(to=cast.bob) == []
    assert give_code(first, generator.at(clock.now())).status_code == 302

    travel_to(LATER)
    second = app.test_client()
    give_password(second, cast.bob)
    assert not any("code de connexion" in one.subject for one in outbox.mails(to=cast.bob))
    choose(second, "email")
    assert give_code(second, outbox.one(to=cast.bob).code).status_code == 302

    travel_to(LATER)
    third = app.test_client()
    give_password(third, cast.bob)
    assert "reçu par e-mail" in page(third.get("/connexion/code")).text


def test_five_codes_an_hour_and_the_page_says_so_with_the_other_ways(app, cast, outbox, page):
    for _ in range(5):
        assert give_password(app.test_client(), cast.jeanne).status_code == 302
    client = app.test_client()
    refused = give_password(client, cast.jeanne)
    assert refused.location == "/connexion/methode"
    assert len(outbox.mails(to=cast.jeanne)) == 5
    shown = page(client.get("/connexion/methode")).text
    assert "Par e-mail" in shown
    assert "Trop" in shown
