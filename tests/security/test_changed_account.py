"""Two tabs of one browser share a cookie: a form of one account never acts for another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import g

from core.authorization import System
from core.database import db
from core.drafts import Draft
from core.extensions import socketio
from messaging.models import Message
from security.operations.sessions import open_session
from tests.security.test_late_forms import hidden_of, post, thread_of, token_of

TEXT = "Bonjour, la plaie est propre et sèche."
WORDS = "Vous avez changé de compte"
AS_DATA = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def with_tokens(app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


@pytest.fixture
def change_account(app):
    """``change_account(browser, user)``: somebody signs in there, in another tab."""

    def change(browser, user):
        g.pop("csrf_token", None)  # the test's context outlives its requests
        token = open_session(System("tests"), user, device="computer Linux Firefox")
        browser.set_cookie(app.config["SESSION_COOKIE_NAME"], token)

    return change


def open_thread(cast, browser):
    """Return where a message would go, and what the page sends with it."""
    url = thread_of(cast)
    return url, hidden_of(browser.get(url).text) | {"body": TEXT}


@pytest.mark.both_databases
def test_a_form_of_one_account_is_not_sent_for_another(
    cast, sign_in, change_account, page, database
):
    browser = sign_in(cast.jeanne)
    url, fields = open_thread(cast, browser)
    change_account(browser, cast.bob)  # may write in the very same conversation
    refused = post(browser, url, url, fields)
    assert refused.status_code == 409
    assert WORDS in page(refused).text
    assert "Rien n’a été envoyé" in page(refused).text
    assert TEXT not in refused.text
    assert db.session.query(Message).count() == 0


def test_what_was_written_is_for_the_first_one_only(cast, sign_in, change_account, page):
    browser = sign_in(cast.jeanne)
    url, fields = open_thread(cast, browser)
    change_account(browser, cast.bob)
    post(browser, url, url, fields)
    assert db.session.query(Draft).one().user_id == cast.jeanne.id
    for path in (url, "/messages", "/aujourdhui", "/parametres"):
        assert "sèche" not in browser.get(path, follow_redirects=True).text
    change_account(browser, cast.jeanne)
    assert TEXT in page(browser.get(url)).html


def test_a_script_and_a_header_learn_it_as_data(cast, sign_in, change_account):
    browser = sign_in(cast.jeanne)
    url, fields = open_thread(cast, browser)
    change_account(browser, cast.bob)
    answer = post(browser, url, url, fields, **AS_DATA)
    assert (answer.status_code, answer.json["error"]) == (409, "account_changed")
    header = {"X-CSRFToken": fields["csrf_token"]}
    for method, path in (("POST", "/envois"), ("PATCH", "/envois/x"), ("DELETE", "/envois/x")):
        answer = browser.open(path, method=method, headers=AS_DATA | header)
        assert (answer.status_code, answer.json["error"]) == (409, "account_changed"), path
    assert db.session.query(Message).count() == 0


def test_a_late_form_of_the_first_is_not_kept_for_the_second(
    cast, sign_in, change_account, travel_to
):
    """Their session ended first; then somebody else signed in."""
    browser = sign_in(cast.jeanne)
    url, fields = open_thread(cast, browser)
    travel_to(timedelta(minutes=61))
    change_account(browser, cast.bob)
    assert post(browser, url, url, fields).status_code == 409
    assert db.session.query(Draft).one().user_id == cast.jeanne.id


def test_signing_in_again_as_oneself_is_no_change(cast, sign_in, change_account, page):
    browser = sign_in(cast.jeanne)
    url, fields = open_thread(cast, browser)
    change_account(browser, cast.jeanne)
    refused = post(browser, url, url, fields)
    assert refused.status_code == 403
    assert "Cette page est trop ancienne" in page(refused).text
    assert TEXT in page(browser.get(url)).html


def test_what_no_page_of_ours_signed_names_nobody(cast, sign_in, app):
    browser = sign_in(cast.jeanne)
    url = thread_of(cast)
    for token in (f"{cast.bob.id}.x", "x", token_of(browser.get(url).text)[:-1] + "?"):
        assert post(browser, url, url, {"body": TEXT, "csrf_token": token}).status_code == 403
    assert {draft.user_id for draft in db.session.query(Draft)} == {cast.jeanne.id}


@pytest.mark.parametrize(
    "path", ["/deconnexion", "/parametres/apparence", "/parametres/securite/mot-de-passe"]
)
def test_other_forms_are_bound_as_well(cast, sign_in, change_account, app, path):
    browser = sign_in(cast.jeanne)
    token = token_of(browser.get("/compte").text)
    change_account(browser, cast.bob)
    answer = post(browser, path, "/compte", {"csrf_token": token})
    assert answer.status_code in {404, 409}
    assert browser.get("/aujourdhui").status_code == 200  # nobody was signed out


def test_a_page_of_one_account_does_not_listen_for_another(
    cast, app, sign_in, change_account, page
):
    browser = sign_in(cast.jeanne)
    shown = browser.get(thread_of(cast)).text
    assert f'data-account="{cast.jeanne.id}"' in shown
    change_account(browser, cast.bob)
    socket = socketio.test_client(
        app, flask_test_client=browser, auth={"account": str(cast.jeanne.id)}
    )
    assert not socket.is_connected()
    own = socketio.test_client(app, flask_test_client=browser, auth={"account": str(cast.bob.id)})
    assert own.is_connected()
    own.disconnect()
