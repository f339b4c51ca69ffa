"""What was typed too late is never lost, and never given to anybody else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from babel.dates import format_timedelta
from flask import g
from sqlalchemy import select
from wtforms import FileField, PasswordField

from core import drafts
from core.config import RetentionConfig
from core.database import db
from core.drafts import Draft
from security.models import Session
from tests.security.steps import ask_for_code, give_code

TEXT = "Bonjour, la plaie est <propre> & sèche.\nJe repasse demain à 10 h."


@pytest.fixture(autouse=True)
def with_tokens(app, monkeypatch):
    """Forms carry their tokens, as they do outside tests."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


def token_of(html: str) -> str:
    found: str = re.findall(r'name="csrf_token" value="([^"]+)"', html)[0]
    return found


def hidden_of(html: str) -> dict[str, str]:
    form = html[html.index("data-composer") :]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def post(client, url, page_url, data=None, **headers):
    known = {"Referer": f"http://localhost{page_url}", "Sec-Fetch-Site": "same-origin"}
    return client.post(url, data=data or {}, headers=known | headers)


def sign_in_again(client, user, outbox, app, monkeypatch):
    """By the pages, with the same browser."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    ask_for_code(client, user)
    answer = give_code(client, outbox.one(to=user).code)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return answer


def thread_of(cast) -> str:
    return f"/messages/avec/{cast.enrolment.id}/{cast.bob.id}"


@pytest.mark.covers("U38")
@pytest.mark.both_databases
def test_a_message_written_too_late_is_given_back_after_signing_in(
    cast, sign_in, outbox, page, travel_to, app, monkeypatch
):
    bob = sign_in(cast.jeanne)
    url = thread_of(cast)
    opened = bob.get(url)
    token = token_of(opened.text)
    travel_to(timedelta(minutes=61))
    late = post(bob, url, url, {"body": TEXT, "client_id": "x", "csrf_token": token})
    assert late.status_code == 401
    life = format_timedelta(drafts.life(), locale="fr").replace("\N{NO-BREAK SPACE}", " ")
    assert f"Ce que vous avez écrit est gardé {life}" in page(late).text
    assert f"/connexion?suite={url}" in page(late).links
    assert TEXT not in str(db.session.execute(db.text("SELECT fields FROM drafts")).scalar())
    assert sign_in_again(bob, cast.jeanne, outbox, app, monkeypatch).status_code == 302
    g.pop("csrf_token", None)  # the test's context outlives its requests
    shown = bob.get(url)
    assert "Voici ce que vous aviez écrit" in page(shown).text
    assert "la plaie est &lt;propre&gt; &amp; sèche." in shown.text
    sent = post(bob, url, url, hidden_of(shown.text) | {"body": TEXT})
    assert sent.status_code == 303
    assert db.session.query(Draft).count() == 0
    assert "Voici ce que vous aviez écrit" not in page(bob.get(url)).text


def test_somebody_else_at_the_same_browser_finds_nothing(
    cast, sign_in, outbox, page, travel_to, app, monkeypatch
):
    browser = sign_in(cast.jeanne)
    url = thread_of(cast)
    travel_to(timedelta(minutes=61))
    post(browser, url, url, {"body": TEXT})
    sign_in_again(browser, cast.bob, outbox, app, monkeypatch)
    for path in (url, "/messages", "/parametres"):
        assert "sèche" not in browser.get(path, follow_redirects=True).text


def test_another_browser_of_the_same_person_finds_nothing(cast, sign_in, travel_to):
    browser = sign_in(cast.jeanne)
    url = thread_of(cast)
    travel_to(timedelta(minutes=61))
    post(browser, url, url, {"body": TEXT})
    assert "sèche" not in sign_in(cast.jeanne).get(url).text


def test_after_an_hour_it_is_gone(cast, sign_in, outbox, travel_to, app, monkeypatch):
    browser = sign_in(cast.jeanne)
    url = thread_of(cast)
    travel_to(timedelta(minutes=61))
    post(browser, url, url, {"body": TEXT})
    travel_to(drafts.life())
    sign_in_again(browser, cast.jeanne, outbox, app, monkeypatch)
    assert "sèche" not in browser.get(url).text


def test_where_the_host_keeps_it_longer_it_is_said_and_given_back_for_longer(
    cast, sign_in, outbox, page, travel_to, app, monkeypatch
):
    longer = replace(app.config["ALVEOLE"], retention=RetentionConfig(typed_hours=5))
    monkeypatch.setitem(app.config, "ALVEOLE", longer)
    browser = sign_in(cast.jeanne)
    url = thread_of(cast)
    travel_to(timedelta(minutes=61))
    late = post(browser, url, url, {"body": TEXT})
    assert "Ce que vous avez écrit est gardé 5 heures" in page(late).text
    travel_to(timedelta(hours=4))
    sign_in_again(browser, cast.jeanne, outbox, app, monkeypatch)
    assert "sèche" in browser.get(url).text


def test_signing_in_elsewhere_meanwhile_loses_nothing(cast, sign_in, travel_to):
    browser = sign_in(cast.jeanne)
    url = thread_of(cast)
    travel_to(timedelta(minutes=61))
    sign_in(cast.jeanne)
    post(browser, url, url, {"body": TEXT})
    assert db.session.query(Draft).count() == 1


@pytest.mark.covers("W1")
def test_a_page_that_is_too_old_keeps_the_text_and_offers_to_try_again(cast, sign_in, page):
    jeanne = sign_in(cast.jeanne)
    url = thread_of(cast)
    refused = post(jeanne, url, url, {"body": TEXT, "csrf_token": "old"})
    assert refused.status_code == 403
    assert "Cette page est trop ancienne" in page(refused).text
    assert url in page(refused).links
    assert "&lt;propre&gt; &amp; sèche." in jeanne.get(url).text


def test_the_form_of_another_site_is_not_kept(cast, sign_in, page):
    jeanne = sign_in(cast.jeanne)
    url = thread_of(cast)
    for headers in (
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert post(jeanne, url, url, {"body": TEXT}, **headers).status_code == 403
    foreign = {"Origin": "https://evil.example", "Referer": "https://evil.example/x"}
    assert jeanne.post(url, data={"body": TEXT}, headers=foreign).status_code == 403
    assert db.session.query(Draft).count() == 0


def test_a_visitor_leaves_nothing_behind(app, cast, visitor):
    for path in ("/connexion", "/messages/1", "/inscription"):
        assert post(visitor, path, path, {"email": "a@example.org"}).status_code in {401, 403}
    visitor.set_cookie(app.config["SESSION_COOKIE_NAME"], "x" * 43)
    assert post(visitor, "/messages/1", "/messages", {"body": TEXT}).status_code == 401
    assert db.session.query(Draft).count() == 0


def test_the_pages_ask_again_where_they_cannot_be_opened(cast, sign_in, page, travel_to):
    bob = sign_in(cast.bob)
    travel_to(timedelta(minutes=61))
    late = post(bob, "/parametres/securite/mot-de-passe", "/parametres/securite", {"current": "x"})
    assert "/connexion?suite=/parametres/securite" in page(late).links
    assert db.session.query(Draft).count() == 0


def test_a_script_learns_in_its_own_words(cast, sign_in, travel_to):
    jeanne = sign_in(cast.jeanne)
    url = thread_of(cast)
    travel_to(timedelta(minutes=61))
    late = post(jeanne, url, url, {"body": TEXT}, Accept="application/json")
    assert (late.status_code, late.json["error"]) == (401, "signed_out")
    assert db.session.query(Draft).count() == 1


def test_a_very_long_text_is_not_kept_and_breaks_nothing(cast, sign_in, travel_to):
    jeanne = sign_in(cast.jeanne)
    travel_to(timedelta(minutes=61))
    late = post(jeanne, "/messages/1", "/messages", {"body": "x" * (drafts.LARGEST + 1)})
    assert late.status_code == 401
    assert db.session.query(Draft).count() == 0


def _forms():
    from flask_wtf import FlaskForm

    waiting = list(FlaskForm.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        yield form


def test_no_password_and_no_code_is_ever_kept(app):
    secret, checked = {"code", "codes", "csrf_token"}, 0
    for form in _forms():
        for name in dir(form):
            field = getattr(form, name, None)
            kind = getattr(field, "field_class", None)
            is_password = kind is not None and issubclass(kind, PasswordField)
            is_code = kind is not None and re.search(
                r"\bcode\b(?! postal)", str(field.args[:1]), re.IGNORECASE
            )
            if is_password or is_code or name in secret:
                assert not drafts.may_keep(name), (form, name)
                checked += 1
            elif kind is not None and issubclass(kind, FileField):
                checked += 1  # a file is no text: the request keeps it apart
    assert checked > 5
    for name in ("body", "name", "postcode", "description", "email", "notice", "current_town"):
        assert drafts.may_keep(name)


def test_the_row_of_an_ended_session_opens_nothing(cast, sign_in, travel_to):
    jeanne = sign_in(cast.jeanne)
    travel_to(timedelta(minutes=61))
    sign_in(cast.jeanne)
    assert db.session.query(Session).count() == 2
    assert jeanne.get("/compte").status_code == 302


@pytest.mark.both_databases
def test_nobody_fills_the_disk_with_forms_that_came_too_late(cast, sign_in):
    jeanne = sign_in(cast.jeanne)
    url = thread_of(cast)
    for number in range(drafts.MOST_OF_ONE + 5):
        late = post(
            jeanne, f"{url}?n={number}", url, {"body": f"{TEXT} {number}", "csrf_token": ""}
        )
        assert late.status_code == 403
    kept = db.session.scalars(select(Draft).order_by(Draft.id)).all()
    assert len(kept) == drafts.MOST_OF_ONE
    assert f" {drafts.MOST_OF_ONE + 4}" in kept[-1].fields, "the newest stay"


def test_the_secret_of_a_link_is_not_written_down_with_what_was_typed(cast, sign_in):
    jeanne = sign_in(cast.jeanne)
    secret = "a-link-that-is-somebodys-0123456789abcdefgh"
    for path in (f"/mot-de-passe/nouveau/{secret}/preuve", f"/invitations/{secret}/refus"):
        refused = post(jeanne, path, path, {"reason": TEXT, "csrf_token": "old"})
        assert refused.status_code == 403
    stored = db.session.execute(db.text("SELECT * FROM drafts")).all()
    assert len(stored) == 2
    assert secret not in str(stored)
