"""Before a session ends, the page says so, and the person may stay."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core.database import db
from security.models import Session


def left_on(answer) -> int:
    [left] = re.findall(r'data-left="(\d+)" data-warn="120"', answer.text)
    return int(left)


def test_every_page_knows_how_long_is_left(cast, sign_in, travel_to):
    jeanne, bob = sign_in(cast.jeanne), sign_in(cast.bob)
    assert left_on(jeanne.get("/compte")) == 60 * 60
    assert left_on(bob.get("/aujourdhui")) == 30 * 60
    travel_to(timedelta(seconds=40))
    assert left_on(jeanne.get("/compte")) == 60 * 60 - 40
    travel_to(timedelta(seconds=40))
    assert left_on(jeanne.get("/compte")) == 60 * 60


def test_a_visitor_is_told_nothing(visitor, cast):
    assert "data-warn" not in visitor.get("/connexion").text
    assert visitor.get("/session/reste").status_code == 302
    assert visitor.post("/session/prolongation").status_code == 401


def test_the_page_may_ask_without_prolonging(cast, sign_in, travel_to):
    jeanne = sign_in(cast.jeanne)
    for _ in range(59):
        travel_to(timedelta(minutes=1))
        left = jeanne.get("/session/reste").json["left"]
    assert left == 60
    travel_to(timedelta(minutes=1))
    json = {"Accept": "application/json"}
    assert jeanne.get("/session/reste", headers=json).status_code == 401


@pytest.mark.both_databases
def test_staying_begins_the_rest_anew(cast, sign_in, travel_to):
    jeanne = sign_in(cast.jeanne)
    json = {"Accept": "application/json"}
    travel_to(timedelta(minutes=59))
    assert jeanne.post("/session/prolongation", headers=json).json["left"] == 60 * 60
    travel_to(timedelta(seconds=30))
    assert jeanne.post("/session/prolongation", headers=json).json["left"] == 60 * 60
    travel_to(timedelta(minutes=59))
    assert jeanne.get("/compte").status_code == 200


def test_nobody_stays_for_ever(cast, sign_in, travel_to):
    bob = sign_in(cast.bob)
    json = {"Accept": "application/json"}
    for _ in range(28):
        travel_to(timedelta(minutes=25))
        left = bob.post("/session/prolongation", headers=json).json["left"]
    assert left == 20 * 60
    travel_to(timedelta(minutes=20))
    assert bob.post("/session/prolongation", headers=json).status_code == 401


def test_without_a_script_staying_leads_back_to_the_page(cast, sign_in, page):
    jeanne = sign_in(cast.jeanne)
    headers = {"Referer": "http://localhost/messages?x=1", "Accept": "text/html"}
    answer = jeanne.post("/session/prolongation", headers=headers)
    assert answer.location == "/messages?x=1"
    assert "Vous restez connecté." in page(jeanne.get("/messages")).text
    evil = {"Referer": "https://evil.example/messages", "Accept": "text/html"}
    assert jeanne.post("/session/prolongation", headers=evil).status_code == 403  # never led away


def test_staying_needs_the_token_of_the_page(cast, sign_in, app, monkeypatch, travel_to):
    jeanne = sign_in(cast.jeanne)
    seen = db.session.query(Session.last_seen_at).scalar()
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert jeanne.post("/session/prolongation").status_code == 403
    assert db.session.query(Session.last_seen_at).scalar() == seen
