"""Headers that name no address at all: read as saying nothing, never as a fault of ours."""

from __future__ import annotations

import pytest

BROKEN = ("http://[x", "//[", "http://[::1]x]/", "https://a\u2100b/", "http://localhost:99999999/")
PLACES = (
    ("post", "/connexion"),
    ("post", "/deconnexion"),
    ("post", "/compte"),
    ("get", "/nothing-here"),
)


@pytest.mark.parametrize("address", BROKEN)
@pytest.mark.parametrize("name", ["Referer", "Origin"])
def test_an_address_that_is_none_breaks_nothing(cast, sign_in, app, monkeypatch, address, name):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    sent = address.encode().decode("latin-1")
    for browser in (app.test_client(), sign_in(cast.alice)):
        for method, path in PLACES:
            for extra in ({}, {"Sec-Fetch-Site": "same-origin"}):
                answer = getattr(browser, method)(path, headers={name: sent} | extra)
                assert answer.status_code < 500, (method, path, extra)
