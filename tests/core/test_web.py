"""Every page has its headers, every refusal its page, every language its words."""

import io
import json
import logging
import re

import pytest
from flask import url_for
from sqlalchemy.exc import IntegrityError

from core.errors import TooManyRequestsError, UnavailableError
from core.web import public, safe_next


def test_pages_carry_the_strict_headers(visitor):
    headers = visitor.get("/connexion").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert "Strict-Transport-Security" not in headers  # a trial speaks plain http


def test_files_with_their_hash_are_kept_for_ever(visitor, page):
    sheet = re.search(r'href="(/static/css/[^"]+)"', visitor.get("/connexion").text).group(1)
    with visitor.get(sheet) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers
    with visitor.get(sheet.partition("?")[0]) as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


def test_an_unknown_page_says_what_to_do_and_gives_a_reference(visitor, page):
    answer = visitor.get("/nulle-part")
    shown = page(answer)
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in shown.text
    assert re.search(r"référence [0-9A-F]{4}-[0-9A-F]{2}", shown.text)


def test_a_fault_shows_a_calm_page_and_logs_the_reference(visitor, page, app, monkeypatch, caplog):
    monkeypatch.setitem(app.view_functions, "security.sign_in", public(lambda: 1 / 0))
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = visitor.get("/connexion")
    shown = page(answer)
    assert answer.status_code == 500
    assert "Un souci de notre côté" in shown.text
    assert "ZeroDivisionError" not in shown.html
    assert "unexpected_error" in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (UnavailableError(), 503, "Rien n’a été perdu"),
        (TooManyRequestsError(90), 429, "Trop d’essais"),
    ],
)
def test_refusals_say_when_to_come_back(visitor, page, app, monkeypatch, error, status, words):
    @public
    def refuse():
        raise error

    monkeypatch.setitem(app.view_functions, "security.sign_in", refuse)
    answer = visitor.get("/connexion")
    assert answer.status_code == status
    assert int(answer.headers["Retry-After"]) > 0
    assert words in page(answer).text


def test_programs_get_refusals_as_data(visitor):
    answer = visitor.get("/messages/non-lus", headers={"Accept": "application/json"})
    assert answer.status_code in {302, 401}
    answer = visitor.post("/messages/1", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json["error"] == "signed_out"


def test_another_site_cannot_act_for_a_person(cast, sign_in):
    bob = sign_in(cast.bob)
    answer = bob.post("/deconnexion", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert bob.get("/aujourdhui").status_code == 200


def test_a_form_without_its_token_is_refused_in_words(cast, sign_in, page, app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    bob = sign_in(cast.bob)
    answer = bob.post("/deconnexion")
    assert answer.status_code == 403
    assert "ouverte depuis longtemps" in page(answer).text
    token = page(bob.get("/compte")).inputs["csrf_token"]
    assert bob.post("/deconnexion", data={"csrf_token": token}).status_code == 302


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr", "fr"),
        ("en-GB,en", "en"),
        ("de", "fr"),
        ("", "fr"),
        ("x" * 5000, "fr"),
        ("\u00ff", "fr"),
    ],
)
def test_a_visitor_is_spoken_to_in_their_language(visitor, accepted, language):
    answer = visitor.get("/connexion", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in answer.text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/ok\r\nSet-Cookie: x=1",
        "",
        None,
    ],
)
def test_the_way_back_never_leads_elsewhere(target):
    assert safe_next(target) is None


def test_the_way_back_is_a_path_of_ours():
    assert safe_next("/rendez-vous/12?x=1") == "/rendez-vous/12?x=1"


def test_a_body_over_twelve_megabytes_is_refused_before_it_is_read(visitor, page):
    answer = visitor.post("/connexion", data=io.BytesIO(b"x" * (12 * 1024 * 1024 + 1)))
    assert answer.status_code == 413
    assert "trop lourd" in page(answer).text


def test_logs_hide_secrets_and_secret_addresses():
    from core.logs import scrub

    entry = {
        "password": "Tilleul",
        "reset_token": "abc",
        "path": "/agenda/s3cr3tt0k3n.ics",
        "url": "/invitations/s3cr3tt0k3n/acceptation?x=1",
        "count": 3,
    }
    line = json.dumps(scrub(logging.getLogger(), "info", entry))
    assert "Tilleul" not in line
    assert "abc" not in line
    assert "s3cr3t" not in line
    assert '"count": 3' in line


def test_logs_hide_the_secret_of_every_address_that_has_one(app):
    """The list is the application's own: a new page with a token is asked here by itself."""
    from core import logs

    adapter, secret = app.url_map.bind("localhost"), "s3cr3tt0k3n"
    found = [rule for rule in app.url_map.iter_rules() if "token" in rule.arguments]
    assert len(found) > 15
    for rule in found:
        method = "GET" if "GET" in rule.methods else "POST"
        values = dict.fromkeys(rule.arguments, 1) | {"token": secret}
        path = adapter.build(rule.endpoint, values, method=method)
        assert secret in path
        assert secret not in json.dumps(logs.scrub(None, "", {"path": path})), path


def test_an_address_is_asked_under_one_of_our_names_case_r4(visitor, page):
    """Another name gets nothing, and no fault either: neither pages nor files nor sockets."""
    for path in ("/", "/connexion", "/boite-aux-lettres", "/static/css/alveole.css", "/nulle-part"):
        answer = visitor.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 400, path
        assert "Set-Cookie" not in answer.headers
    assert visitor.get("/connexion", headers={"Host": "127.0.0.1:8000"}).status_code == 200


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40, "٣"])
def test_a_number_that_no_row_has_is_an_unknown_page(cast, sign_in, number):
    assert sign_in(cast.alice).get(f"/bulles/{number}").status_code == 404


def test_a_way_back_fits_in_a_cookie(visitor):
    assert safe_next("/messages?" + "a" * 5000) is None


def test_a_socket_is_for_people_who_are_signed_in_case_s7(cast, visitor, sign_in):
    """A visitor's silent connections would otherwise stay open until no page is answered."""
    knock = "/socket.io/?EIO=4&transport=websocket"
    assert visitor.get(knock).status_code == 401
    assert visitor.post(knock + "&sid=x", data="x").status_code == 401
    assert sign_in(cast.bob).get(knock).status_code == 400  # let in, though this is no socket


def test_polling_is_no_way_in(cast, sign_in):
    assert sign_in(cast.bob).get("/socket.io/?EIO=4&transport=polling").status_code == 400


def test_a_fault_of_the_database_is_logged_without_what_was_written(app, cast):
    from core import logs
    from core.database import db
    from core.transaction import transaction
    from tests import factories as make

    with pytest.raises(IntegrityError) as raised, transaction():
        db.session.add(make.user("bob"))
    assert cast.bob.email not in str(raised.value)
    said = "Key violated\nDETAIL:  Key (email)=(bob@example.org) already exists.\n[SQL: INSERT …]"
    assert logs.scrub(None, "", {"exception": said})["exception"] == (
        "Key violated\nDETAIL: [hidden]\n[SQL: INSERT …]"
    )


def test_what_programs_poll_bears_the_strict_headers_and_no_guard_is_missed(cast, visitor):
    """Nothing is asked before such a view, as nobody is signed in there and nothing is sent."""
    path = "/agenda/none.ics"
    read = visitor.get(path)
    assert read.status_code == 404
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Permissions-Policy"):
        assert len(read.headers.getlist(name)) == 1
    assert read.headers["Cache-Control"] == "no-store"
    for method in ("GET", "HEAD"):
        sent = visitor.open(path, method=method, data=b"x" * 600_000)
        assert sent.status_code == 413
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert visitor.post("/r/none/annulation", headers=elsewhere).status_code == 403


def test_an_address_is_kept_whoever_asks_for_it_and_never_when_it_opens_something(app):
    with app.test_request_context():
        day = {"day": "2026-12-01"}
        assert url_for("scheduling.day", bulle=None, **day) is app.url_for("scheduling.day", **day)
        for values in ({"token": "secret"}, {"token": "secret", "_anchor": "here"}):
            opened = [url_for("scheduling.feed", **values) for _again in range(2)]
            assert opened[0] == opened[1]
            assert opened[0] is not opened[1]
