"""Another site changes nothing here, whatever token it carries; our own pages always may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import create_app
from core.config import ServerConfig
from core.database import db
from tests.conftest import make_config
from tests.core.test_body_limits import path_of, writing_rules

FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8001"},
    {"Origin": "https://localhost"},
    {"Origin": ""},
    {"Origin": "http://localhost@evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    {"Referer": "https://evil.example/x"},
)
OURS = (
    {},
    {"Origin": "http://localhost"},
    {"Origin": "http://LOCALHOST:80"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "none"},
    {"Referer": "http://localhost/compte"},
)
AS_DATA = {"Accept": "application/json"}


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_right_token_from_another_site_is_refused(cast, app, sign_in, page, monkeypatch, headers):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    bob = sign_in(cast.bob)
    token = page(bob.get("/compte")).inputs["csrf_token"]
    for extra in ({}, AS_DATA, {"X-CSRFToken": token}):
        answer = bob.post("/deconnexion", data={"csrf_token": token}, headers=headers | extra)
        assert answer.status_code == 403, extra
        assert (answer.is_json and answer.json["error"]) in {False, "forbidden"}
    assert bob.get("/aujourdhui").status_code == 200
    assert bob.post("/deconnexion", data={"csrf_token": token}).status_code == 302


@pytest.mark.parametrize("headers", OURS)
def test_our_own_pages_may(cast, app, sign_in, page, monkeypatch, headers):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    bob = sign_in(cast.bob)
    token = page(bob.get("/compte")).inputs["csrf_token"]
    answer = bob.post("/deconnexion", data={"csrf_token": token}, headers=headers)
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_no_door_at_all_takes_a_change_from_another_site(app, cast, visitor, sign_in, headers):
    """Every route that writes, uploads in parts included, for everybody."""
    walked = 0
    for browser in (visitor, sign_in(cast.alice)):
        for rule, method in writing_rules(app):
            answer = browser.open(path_of(rule), method=method, headers=headers)
            assert answer.status_code == 403, (method, rule.rule)
            walked += 1
    assert walked > 200


def test_a_socket_of_another_site_is_refused_at_the_door(cast, sign_in):
    knock = "/socket.io/?EIO=4&transport=websocket"
    bob = sign_in(cast.bob)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        answer = bob.get(knock, headers=headers)
        assert (answer.status_code, answer.json["error"]) == (403, "forbidden")
    assert bob.get(knock, headers={"Origin": "http://localhost"}).status_code == 400  # let in
    assert bob.get(knock, headers={"Host": "evil.example"}).status_code == 400
    assert bob.get(knock, headers={"Host": "evil.example"}).json["error"] == "bad_request"


def test_a_page_whose_address_is_a_secret_hides_it_and_still_works(app, visitor):
    """Browsers send « null »: such a form goes to that very address, or is said to be ours."""
    hidden = {"Origin": "null"}
    for rule, method in writing_rules(app):
        answer = visitor.open(path_of(rule), method=method, headers=hidden)
        assert (answer.status_code == 403) is ("token" not in rule.arguments), (method, rule.rule)
    said = hidden | {"Sec-Fetch-Site": "same-origin"}
    assert visitor.post("/connexion", headers=said).status_code != 403


# ── Other addresses ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def served(tmp_path):
    """``served(…)`` gives a visitor of a site with these settings."""
    made = []

    def serve(**server):
        config = make_config(tmp_path)
        config = replace(config, server=replace(ServerConfig(), **server))
        made.append(create_app(config, TESTING=True, WTF_CSRF_ENABLED=False))
        return made[-1].test_client()

    yield serve
    for app in made:
        with app.app_context():
            db.engine.dispose()


def asked(client, origin, **headers):
    return client.post("/connexion", headers={"Origin": origin, **headers}).status_code != 403


def test_behind_a_proxy_the_address_that_people_see_counts(served):
    forwarded = {
        "X-Forwarded-Host": "alveole.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "203.0.113.9",
    }
    client = served(proxy_count=1, trusted_hosts=("alveole.example",))
    assert asked(client, "https://alveole.example", **forwarded)
    assert not asked(client, "http://alveole.example", **forwarded)  # somebody on the line
    assert not asked(client, "http://localhost", **forwarded)
    assert not asked(client, "https://evil.example", **forwarded)


def test_the_configured_address_counts_whatever_the_proxy_says(served):
    client = served(base_url="https://alveole.example/")
    assert asked(client, "https://alveole.example")
    assert not asked(client, "https://alveole.example.evil.example")
    assert not asked(client, "https://evil.example")


def test_a_trial_on_every_address_works_from_the_phone(served):
    client = served(host="0.0.0.0", port=8000)
    phone = {"Host": "192.168.1.20:8000"}
    assert asked(client, "http://192.168.1.20:8000", **phone)
    assert not asked(client, "http://192.168.1.66:8000", **phone)
    assert not asked(client, "http://192.168.1.20:8001", **phone)
