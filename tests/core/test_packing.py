"""Pages travel packed, and the secret of their forms is written otherwise in each."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import g

from core import packing
from core.forgery import masked, unmasked

PACKS = {"Accept-Encoding": "gzip, br"}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def protected(app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return app


def tokens_of(html: str) -> set[str]:
    return set(TOKEN.findall(html))


def token_for(browser) -> str:
    g.pop("csrf_token", None)  # the test's context outlives its requests
    [token] = tokens_of(browser.get("/compte").text)
    return token


def test_a_page_is_packed_for_whoever_unpacks_it(cast, sign_in):
    bob = sign_in(cast.bob)
    plain, small = bob.get("/compte"), bob.get("/compte", headers=PACKS)
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 2
    assert TOKEN.sub("", gzip.decompress(small.data).decode()) == TOKEN.sub("", plain.text)
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.vary
    assert "Accept-Encoding" in small.vary


def test_a_page_for_whoever_refuses_packing_is_plain(visitor):
    answer = visitor.get("/connexion", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert answer.text.startswith("<!doctype html>")


def test_what_went_wrong_is_packed_as_well(visitor):
    answer = visitor.get("/nulle-part", headers=PACKS)
    assert answer.status_code == 404
    assert b"<!doctype html>" in gzip.decompress(answer.data)


def test_what_is_short_is_not_worth_it(cast, sign_in):
    answer = sign_in(cast.bob).get("/messages/non-lus", headers=PACKS)
    assert answer.json["count"] == 0


def test_the_length_of_the_same_page_varies():
    assert len({len(packing.packed(b"page" * 500)) for _again in range(50)}) > 10


def test_the_token_is_another_in_each_answer_and_the_same_within_one(protected, cast, sign_in):
    bob = sign_in(cast.bob)
    pages = [bob.get("/parametres/securite").text for _again in range(3)]
    assert all(len(TOKEN.findall(page)) > 1 and len(tokens_of(page)) == 1 for page in pages)
    assert len(set.union(*map(tokens_of, pages))) == 3


def test_every_token_of_a_session_opens_its_forms_and_no_other_session_s(protected, cast, sign_in):
    bob, chloe = sign_in(cast.bob), sign_in(cast.chloe)
    early, late, other = token_for(bob), token_for(bob), token_for(chloe)
    assert early != late
    assert bob.post("/deconnexion", data={"csrf_token": other}).status_code == 409
    for token in (early[:-2], "x" * 60, "é" * 40):
        assert bob.post("/deconnexion", data={"csrf_token": token}).status_code == 403, token
    assert bob.post("/deconnexion", data={"csrf_token": early}).status_code == 302


@pytest.mark.parametrize("token", ["a", "Ijk3Yi4i.aw07EA.x-_y", "é" * 30, ""])
def test_what_is_masked_is_read_back(token):
    assert unmasked(masked(token)) == token
    assert token == "" or masked(token) != masked(token)


@pytest.mark.parametrize("given", ["x", "é", "!!!", "AAAA=", "\udcff"])
def test_what_was_never_masked_breaks_nothing(given):
    assert isinstance(unmasked(given), str)
