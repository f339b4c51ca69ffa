"""The second proof beside a reset link, when it is a telephone or a passkey."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.security.phone import NUMBER, give_phone
from tests.security.software_key import SoftwareKey, add_key
from tests.security.test_lost_access import FACTS, help_url
from tests.security.test_recovery import NEW, ask, is_password, link_of


def texts(outbox, number) -> list[str]:
    return [mail.text for mail in outbox.mails(to=number)]


@pytest.mark.covers("D73", "case-R6")
def test_a_code_on_the_proved_telephone_is_a_second_proof(app, cast, outbox, page, travel_to):
    give_phone(cast.bob)
    browser = app.test_client()
    ask(browser, cast.bob.email)
    link = link_of(outbox, cast.bob)
    assert "Par SMS" in page(browser.get(link)).text
    assert not texts(outbox, NUMBER)
    assert browser.post(link, data={"step": "sms"}).location.endswith("/preuve")
    browser.post(f"{link}/preuve/sms")  # within the minute: the first is still on its way
    [text_] = texts(outbox, NUMBER)
    older = re.search(r"\d{6}", text_).group()
    travel_to(timedelta(minutes=1))
    browser.post(f"{link}/preuve/sms")
    newest = re.search(r"\d{6}", texts(outbox, NUMBER)[-1]).group()
    if older != newest:
        refused = browser.post(f"{link}/preuve", data={"code": older})
        assert refused.status_code == 422
    assert browser.post(f"{link}/preuve", data={"code": newest}).status_code == 302
    assert browser.post(link, data={"new": NEW}).status_code == 302
    assert is_password(cast.bob, NEW)


def test_an_unproved_telephone_proves_nothing(app, cast, outbox, page):
    give_phone(cast.bob, proved=False)
    browser = app.test_client()
    ask(browser, cast.bob.email)
    link = link_of(outbox, cast.bob)
    assert "Par SMS" not in page(browser.get(link)).text
    browser.post(link, data={"step": "sms"})
    browser.post(f"{link}/preuve/sms")
    assert not texts(outbox, NUMBER)


def test_the_wait_is_told_by_text_message_too(app, cast, outbox, sign_in, page):
    give_phone(cast.bob)
    sign_in(cast.alice).post(help_url(cast, cast.bob), data=FACTS)
    [warning] = texts(outbox, NUMBER)
    assert "/ce-n-est-pas-moi/" in warning
    link = re.search(r"/ce-n-est-pas-moi/\S+", warning).group()
    assert app.test_client().get(link).status_code == 200


@pytest.mark.parametrize("body", [None, [], {}, {"x": 1}])
def test_anything_may_be_sent_to_the_passkey_of_a_link(app, cast, outbox, body):
    browser = app.test_client()
    ask(browser, cast.bob.email)
    link = link_of(outbox, cast.bob)
    assert browser.post(f"{link}/preuve/cle/options", json=body).status_code < 500
    assert browser.post(f"{link}/preuve/cle", data={"credential": str(body)}).status_code == 422


def use_key(client, link, key):
    options = client.post(f"{link}/preuve/cle/options", json={}).json
    key.count += 1
    return client.post(f"{link}/preuve/cle", data={"credential": key.use(options)})


def test_a_passkey_is_a_second_proof_beside_the_link_that_asked_for_it(
    app, cast, outbox, page, sign_in
):
    key = add_key(sign_in(cast.bob))
    owner, thief = app.test_client(), app.test_client()
    ask(owner, cast.bob.email)
    link = link_of(outbox, cast.bob)
    assert "Avec une clé d’accès" in page(owner.get(link)).text
    assert owner.post(f"{link}/attente").status_code == 302
    # A signature made for signing in, or by a key of nobody, does not serve here.
    options = thief.post("/connexion/cle/options", json={}).json
    credential = key.use(options)
    assert owner.post(f"{link}/preuve/cle", data={"credential": credential}).status_code == 422
    assert use_key(owner, link, SoftwareKey()).status_code == 422
    assert use_key(owner, link, key).status_code == 302
    assert owner.post(link, data={"new": NEW}).status_code == 302
    assert is_password(cast.bob, NEW)
