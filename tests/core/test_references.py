"""Every refusal has its own reference: on the page, in the answer, and in its line of the log."""

from __future__ import annotations

import logging
import re

import pytest

from core.errors import UnavailableError
from core.web import public

REFERENCE = re.compile(r"[0-9A-F]{4}-[0-9A-F]{2}")
FORM = "application/x-www-form-urlencoded"
SOCKETS = "/socket.io/?EIO=4&transport=websocket"
AS_DATA = {"Accept": "application/json"}


@pytest.fixture
def lines(caplog):
    """``lines(reference)`` gives what the log says of one request."""
    caplog.set_level(logging.INFO)

    def of(reference: str) -> list[dict]:
        said = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
        return [line for line in said if line.get("request") == reference]

    return of


@pytest.fixture
def as_served(app, monkeypatch):
    """Faults become pages, forms need their token, as outside tests."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


def breaks():
    raise ZeroDivisionError


def is_away():
    raise UnavailableError


def refusals(visitor, bob):
    """One of each kind, by each guard in turn: an answer and the path that was asked."""
    big = {"data": b"a=1&" * 200, "content_type": FORM}
    yield visitor.get("/nulle-part"), "/nulle-part"
    yield visitor.get("/static/nulle-part.css"), "/static/nulle-part.css"
    yield visitor.get("/connexion", headers={"Host": "evil.example"}), "/connexion"
    yield visitor.put("/connexion"), "/connexion"
    yield visitor.post("/connexion", **big), "/connexion"
    yield visitor.post("/connexion", data=b"x" * 600_000), "/connexion"
    yield visitor.post("/connexion", data={"email": "a"}), "/connexion"  # no token
    yield visitor.post("/messages/1"), "/messages/1"  # nobody is there
    yield visitor.post("/messages/1", headers=AS_DATA), "/messages/1"
    yield bob.post("/deconnexion", headers={"Origin": "https://evil.example"}), "/deconnexion"
    yield bob.post("/deconnexion", headers={"Sec-Fetch-Site": "cross-site"}), "/deconnexion"
    yield bob.post("/messages/1", data={"body": "x"}), "/messages/1"
    yield bob.get("/bulles/999"), "/bulles/999"
    yield bob.patch("/envois/x", data=b"x"), "/envois/x"
    yield visitor.get(SOCKETS), "/socket.io/"
    yield visitor.get(SOCKETS, headers={"Origin": "https://evil.example"}), "/socket.io/"
    yield visitor.post(SOCKETS, data=b"x" * 600_000), "/socket.io/"
    yield bob.get("/socket.io/?EIO=4&transport=polling"), "/socket.io/"


def test_each_kind_of_refusal_has_its_own_reference(
    cast, app, visitor, sign_in, lines, as_served, monkeypatch
):
    walked = list(refusals(visitor, sign_in(cast.bob)))
    for view in (breaks, is_away):
        monkeypatch.setitem(app.view_functions, "security.sign_in", public(view))
        walked.append((visitor.get("/connexion"), "/connexion"))
        walked.append((visitor.get("/connexion", headers=AS_DATA), "/connexion"))
    references = []
    for answer, path in walked:
        assert answer.status_code >= 400
        reference = answer.headers["X-Request-Id"]
        references.append(reference)
        assert REFERENCE.fullmatch(reference)
        said = lines(reference)
        assert [line["event"] for line in said if line["event"] == "refused"] == ["refused"], path
        assert {line["path"] for line in said} == {path}
        assert {line["method"] for line in said} == {answer.request.method}
        if path != "/socket.io/" or answer.status_code != 400:  # that library's own answer
            assert REFERENCE.findall(answer.text) == [reference], (path, answer.status_code)
    assert len(set(references)) == len(references) > 20


def test_a_fault_is_written_under_the_reference_of_its_page(
    app, visitor, lines, as_served, monkeypatch
):
    monkeypatch.setitem(app.view_functions, "security.sign_in", public(breaks))
    answer = visitor.get("/connexion")
    said = [line["event"] for line in lines(answer.headers["X-Request-Id"])]
    assert "unexpected_error" in said


def test_a_line_after_an_answer_does_not_carry_its_reference(app, visitor, caplog):
    import structlog

    with visitor.get("/connexion") as answer:
        assert structlog.contextvars.get_contextvars()["request"] == answer.headers["X-Request-Id"]
    assert structlog.contextvars.get_contextvars() == {}


def test_an_answer_that_breaks_on_its_way_is_written_down(app, visitor, lines, monkeypatch):
    def parts():
        yield b"begun"
        raise OSError("the storage is gone")

    @public
    def stream():
        return app.response_class(parts())

    monkeypatch.setitem(app.view_functions, "security.sign_in", stream)
    answer = visitor.get("/connexion")
    with pytest.raises(OSError, match="storage"):
        answer.get_data()
    said = [line["event"] for line in lines(answer.headers["X-Request-Id"])]
    assert said == ["answer_cut"]


def test_an_event_of_a_socket_has_a_reference_of_its_own(cast, connect, lines):
    socket = connect(cast.bob)
    answers = [
        socket.emit("post_message", payload, callback=True)
        for payload in (
            {"conversation": 999},
            [],
            {"conversation": 1, "body": "", "client_id": "x"},
        )
    ]
    references = [answer["reference"] for answer in answers]
    assert len(set(references)) == 3
    for reference in references:
        assert [line["path"] for line in lines(reference)] == ["post_message"]


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "n’est pas la nôtre"), ("en", "not served")]
)
def test_under_a_foreign_name_the_answer_is_a_page_too(visitor, page, language, words):
    answer = visitor.get("/", headers={"Host": "evil.example", "Accept-Language": language})
    assert answer.status_code == 400
    assert words in page(answer).text
    assert "Set-Cookie" not in answer.headers
