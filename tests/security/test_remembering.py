"""« Se souvenir de mon identifiant »: off by default, the identifier only, forgotten on untick."""

from __future__ import annotations

import pytest
from flask import Flask

from security import cookies
from tests.cast import PASSWORD
from tests.security.steps import give_code, give_password, is_signed_in


def typed_before(client, page) -> str:
    return page(client.get("/connexion")).inputs.get("email", "")


def is_ticked(client) -> bool:
    html = client.get("/connexion").get_data(as_text=True)
    [box] = [part for part in html.split("<input") if 'name="remember"' in part]
    return " checked" in box


@pytest.mark.covers("D9", "D10")
def test_nothing_is_remembered_unless_asked_and_the_page_warns(app, cast, page):
    client = app.test_client()
    shown = page(client.get("/connexion")).text
    assert "Se souvenir de mon identifiant" in shown
    assert "Seulement si cet appareil est à vous." in shown
    assert not is_ticked(client)
    give_password(client, cast.bob)
    assert client.get_cookie("identifier") is None
    assert typed_before(app.test_client(), page) == ""


@pytest.mark.covers("D9")
def test_the_identifier_is_filled_in_next_time_and_the_password_never(app, cast, page, outbox):
    client = app.test_client()
    answer = give_password(client, cast.bob, remember="y")
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if "identifier=" in one]
    assert "HttpOnly" in cookie
    assert "Max-Age=31536000" in cookie
    assert PASSWORD not in cookie
    client.post("/connexion/methode", data={"step": "email"})
    give_code(client, outbox.one(to=cast.bob).code)
    client.post("/deconnexion")
    assert typed_before(client, page) == cast.bob.email
    assert is_ticked(client)
    html = client.get("/connexion").get_data(as_text=True)
    assert 'type="password"' in html
    assert PASSWORD not in html


def test_it_is_kept_as_it_was_typed(app, cast, page):
    client = app.test_client()
    data = {"email": "  BOB@Example.ORG ", "password": PASSWORD, "remember": "y"}
    assert client.post("/connexion", data=data).status_code == 302
    assert typed_before(client, page) == "BOB@Example.ORG"


@pytest.mark.covers("D9")
def test_the_second_step_is_asked_all_the_same(app, cast):
    client = app.test_client()
    for _ in range(2):
        answer = give_password(client, cast.bob, remember="y")
        assert answer.location == "/connexion/code"
        assert not is_signed_in(client)


def test_unticking_forgets_whatever_the_password(app, cast, page):
    client = app.test_client()
    give_password(client, cast.bob, remember="y")
    give_password(client, cast.bob, "Pas-le-bon-mot-1")
    assert client.get_cookie("identifier") is None
    assert typed_before(client, page) == ""


def test_a_wrong_password_remembers_nothing(app, cast, page):
    client = app.test_client()
    give_password(client, cast.bob, "Pas-le-bon-mot-1", remember="y")
    assert client.get_cookie("identifier") is None


@pytest.mark.parametrize(
    "planted", ["%00%00", "%ff%fe", "a" * 3000, '"><script>alert(1)</script>', "%E2%80%AE"]
)
def test_a_planted_cookie_is_harmless(app, page, planted):
    client = app.test_client()
    client.set_cookie("identifier", planted)
    answer = client.get("/connexion")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.get_data(as_text=True)


def test_in_production_both_cookies_belong_to_the_host_over_https_alone():
    app = Flask(__name__)
    app.config["SESSION_COOKIE_SECURE"] = True
    with app.test_request_context(base_url="https://soins.example.org"):
        answer = app.make_response("")
        cookies.remember_identifier(answer, "bob@example.org")
        cookies.keep_browser(answer, "x" * 43)
    said = answer.headers.getlist("Set-Cookie")
    assert [one.partition("=")[0] for one in said] == ["__Host-identifier", "__Host-browser"]
    assert all("Secure" in one and "Path=/" in one and "Domain" not in one for one in said)
