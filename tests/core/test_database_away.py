"""PostgreSQL stopped, frozen, killed, full, read-only, locked: one answer, and nothing is lost."""

from __future__ import annotations

import re
import threading
import time
from html import unescape

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from core import database_faults, outbox
from core.database import db
from core.drafts import Draft
from core.errors import DatabaseAwayError, UncertainError
from core.extensions import socketio
from core.transaction import let_go, transaction
from messaging.models import Message
from tests.core.breaking import WAYS, open_browser
from tests.security.test_late_forms import hidden_of, post, thread_of

TEXT = "Bonjour, la plaie est propre et sèche.\nJe repasse demain à 10 h."
AS_DATA = {"Accept": "application/json"}
PATIENCE = 12.0
"""Seconds; a page takes six at most, and machines that test are busy."""


def forget_context() -> None:
    from flask import g

    g.pop("csrf_token", None)
    let_go()


@pytest.fixture(params=WAYS)
def broken(request, server):
    """``with broken(): …`` — the database is away, in each way in turn."""
    import contextlib

    @contextlib.contextmanager
    def breaking():
        undo = WAYS[request.param](server)
        try:
            yield
        finally:
            undo()

    breaking.way = request.param
    return breaking


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────


def test_a_form_is_neither_signed_out_nor_too_old_and_its_words_come_back(away, broken, page):
    app, cast = away
    jeanne, url = open_browser(app, cast.jeanne), thread_of(cast)
    fields = hidden_of(jeanne.get(url).text) | {"body": TEXT}
    forget_context()
    with broken():
        begun = time.monotonic()
        refused = post(jeanne, url, url, fields)
        assert time.monotonic() - begun < PATIENCE
        assert refused.status_code == 503, refused.text
        assert int(refused.headers["Retry-After"]) > 0
        shown = page(refused)
        assert "Une partie du service ne répond pas" in shown.text
        assert re.search(r"référence [0-9A-F]{4}-[0-9A-F]{2}", shown.text)
        assert refused.headers["X-Request-Id"] in shown.text
        assert "plus connecté" not in shown.text
        assert unescape(shown.html).count(TEXT.splitlines()[0]) == 2  # to be read, to be sent again
        assert "Set-Cookie" not in refused.headers
    forget_context()
    assert shown.inputs == fields  # what « Réessayer » sends
    sent = post(jeanne, url, url, shown.inputs)
    assert sent.status_code == 303
    assert post(jeanne, url, url, fields).status_code == 303  # the same key: once
    forget_context()
    assert db.session.query(Message).one().body == TEXT
    assert db.session.query(Draft).count() == 0


def test_programs_learn_that_they_may_try_again(away, broken):
    app, cast = away
    jeanne, url = open_browser(app, cast.jeanne), thread_of(cast)
    fields = hidden_of(jeanne.get(url).text) | {"body": TEXT}
    socket = socketio.test_client(app, flask_test_client=jeanne)
    assert post(jeanne, url, url, fields | {"client_id": "b" * 32}).status_code == 303
    conversation = {"conversation": 1, "body": TEXT, "client_id": "a" * 32}
    forget_context()
    with broken():
        answer = post(jeanne, url, url, fields, **AS_DATA)
        assert (answer.status_code, answer.json["error"]) == (503, "unavailable")
        assert answer.json["retry_after"] == int(answer.headers["Retry-After"])
        said = socket.emit("post_message", conversation, callback=True)
        assert (said["ok"], said["error"]) == (False, "unavailable")
        assert said["retry_after"] > 0
        if broken.way != "read only":
            knock = jeanne.get("/socket.io/?EIO=4&transport=websocket", headers=AS_DATA)
            assert (knock.status_code, knock.json["error"]) == (503, "unavailable")
    forget_context()
    assert post(jeanne, url, url, fields, **AS_DATA).json["ok"]
    assert socket.is_connected()
    socket.disconnect()


def test_what_is_read_says_so_too_and_what_needs_no_database_goes_on(away, broken, page):
    app, cast = away
    jeanne = open_browser(app, cast.jeanne)
    assert jeanne.get("/messages").status_code == 200
    forget_context()
    with broken():
        if broken.way == "read only":
            assert jeanne.get("/messages").status_code == 200
        else:
            answer = jeanne.get("/messages")
            assert answer.status_code == 503
            assert "Réessayer" in page(answer).text
        assert app.test_client().get("/connexion").status_code == 200
        with app.test_client().get("/static/css/alveole.css") as sheet:
            assert sheet.status_code == 200
    forget_context()
    assert jeanne.get("/messages").status_code == 200


def test_a_command_says_it_in_one_sentence(away, broken):
    app, _cast = away
    forget_context()
    with broken():
        found = app.test_cli_runner().invoke(args=["recover", "bob@example.org"])
    assert found.exit_code == 1
    assert "Traceback" not in found.output
    assert found.output.count("\n") == 1
    assert "base de données" in found.output or "autre programme" in found.output


def test_the_worker_goes_on(away, server):
    app, _cast = away
    with transaction():
        outbox.enqueue("mail", {"nobody": True})
    forget_context()
    worker = outbox.start_embedded_worker(app)
    try:
        server.stop()
        time.sleep(3)
        server.start()
        deadline = time.monotonic() + 30
        while outbox_waits() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not outbox_waits()
    finally:
        worker.set()
        for thread in [one for one in threading.enumerate() if one.name == "outbox"]:
            thread.join(PATIENCE)


def test_a_worker_that_is_told_to_stop_meanwhile_ends_without_a_fault(away, broken):
    app, _cast = away
    stop = threading.Event()
    stop.set()
    forget_context()
    with broken():
        outbox.run_forever(app, stop)
    forget_context()
    outbox.run_forever(app, stop)  # and well again


def outbox_waits() -> bool:
    with transaction():
        return bool(
            db.session.scalar(text("SELECT count(*) FROM outbox_messages WHERE attempts = 0"))
        )


# ── In other places than a view ───────────────────────────────────────────────────────────────


def lost():
    return psycopg.errors.AdminShutdown("terminating connection due to administrator command")


@pytest.fixture
def failing(away):
    """``failing(at, error)``: statements that contain this fail so."""
    listeners = []

    def fail(part: str, error: Exception):
        def look(_connection, _cursor, statement, *_rest):
            if part in statement:
                raise error

        event.listen(db.engine, "before_cursor_execute", look)
        listeners.append(look)

    yield fail
    for look in listeners:
        event.remove(db.engine, "before_cursor_execute", look)


@pytest.mark.parametrize("place", ["template", "after", "loader", "stream"])
def test_wherever_the_database_fails_the_answer_is_the_same(
    away, failing, monkeypatch, page, place
):
    app, cast = away
    jeanne = open_browser(app, cast.jeanne)
    assert jeanne.get("/messages").status_code == 200
    forget_context()
    marker = {"template": "FROM conversations", "after": "FROM drafts", "loader": "FROM sessions"}
    if place == "after":
        jeanne.set_cookie("draft", "x" * 43)
    if place == "stream":
        from core.web import public

        def parts():
            db.session.execute(text("SELECT 1 AS in_the_stream"))
            yield b""

        view = public(lambda: app.response_class(parts()))
        monkeypatch.setitem(app.view_functions, "security.sign_in", view)
        failing("in_the_stream", lost())
        with pytest.raises(OperationalError):  # cut: the browser sees it is not whole
            app.test_client().get("/connexion").get_data()
        return
    failing(marker[place], lost())
    answer = jeanne.get("/messages")
    if place == "after":  # what was asked is there; what was kept is given back another time
        assert answer.status_code == 200
    else:
        assert answer.status_code == 503
        assert "ne répond pas" in page(answer).text


def test_a_commit_whose_answer_is_lost_is_not_repeated_without_a_key(away, server, page):
    """The line breaks while it commits: without a key nobody offers to send again."""
    app, cast = away
    jeanne, url = open_browser(app, cast.jeanne), thread_of(cast)
    fields = hidden_of(jeanne.get(url).text) | {"body": TEXT}
    forget_context()

    def cut(connection):
        raise psycopg.OperationalError("consuming input failed: server closed the connection")

    for sent, offers in ((fields, True), (fields | {"client_id": ""}, False)):
        event.listen(db.engine, "commit", cut)
        try:
            with pytest.raises(DatabaseAwayError), transaction():
                db.session.execute(text("SELECT 1"))
            refused = post(jeanne, url, url, sent)
        finally:
            event.remove(db.engine, "commit", cut)
        if refused.status_code == 422:  # without a key a message is refused before
            continue
        assert refused.status_code == 503
        assert "nous ne savons pas" in page(refused).text
        assert ("csrf_token" in page(refused).inputs) is offers


def test_a_password_is_never_written_into_the_page(away, server, page):
    app, cast = away
    bob = open_browser(app, cast.bob)
    url = "/parametres/securite"
    opened = page(bob.get(url))
    forget_context()
    server.stop()
    try:
        fields = {**opened.inputs, "current": "Tilleul-Secret-77", "new": "Girafe-Bleue-88"}
        refused = post(bob, f"{url}/mot-de-passe", url, fields)
    finally:
        server.start()
    assert refused.status_code == 503
    assert "Tilleul-Secret" not in refused.text
    assert "Girafe" not in refused.text
    assert url in page(refused).links


def test_the_form_of_another_site_is_not_shown_back(away, server):
    app, cast = away
    jeanne, url = open_browser(app, cast.jeanne), thread_of(cast)
    server.stop()
    try:
        answer = jeanne.post(url, data={"body": TEXT}, headers={"Origin": "https://evil.example"})
    finally:
        server.start()
    assert answer.status_code == 403
    assert "plaie" not in answer.text


# ── Nothing that was acknowledged is lost ─────────────────────────────────────────────────────


@pytest.mark.parametrize("way", ["killed", "stopped", "frozen"])
def test_under_load_what_was_answered_is_there_afterwards(away, server, way):
    app, cast = away
    url = thread_of(cast)
    browsers = [open_browser(app, cast.jeanne) for _number in range(4)]
    pages = []
    for browser in browsers:
        pages.append(hidden_of(browser.get(url).text))
        forget_context()
    answered: list[str] = []
    statuses: set[int] = set()
    is_over = threading.Event()

    def write(number: int) -> None:
        turn = 0
        while not is_over.is_set():
            turn += 1
            body = f"Message {number}.{turn}"
            fields = pages[number] | {"body": body, "client_id": f"{number:02}{turn:030}"}
            answer = browsers[number].post(url, data=fields, headers=AS_DATA)
            statuses.add(answer.status_code)
            if answer.status_code == 200:
                answered.append(body)
            else:
                is_over.wait(0.1)  # as a page does, which comes back later

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(answered) > 10)
        undo = WAYS[way](server)
        time.sleep(1)
        before = len(answered)
        undo()
        until(lambda: len(answered) > before + 10)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    forget_context()
    kept = set(db.session.scalars(text("SELECT id FROM messages")))
    bodies = {message.body for message in db.session.query(Message)}
    assert len(kept) >= len(answered)
    assert set(answered) <= bodies
    assert statuses <= {200, 503, 429}


def until(holds) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "nothing moves any more"
        time.sleep(0.05)


# ── The translator itself ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("57P01", "connection"),
        ("57P03", "connection"),
        ("53300", "resources"),
        ("53100", "resources"),
        ("57014", "time"),
        ("55P03", "lock"),
        ("40P01", "lock"),
        ("25006", "read_only"),
        ("XX001", "disk"),
        ("58030", "disk"),
        ("08006", "connection"),
        ("23505", None),
        ("22003", None),
        ("42P01", None),
        ("42703", None),
    ],
)
def test_what_the_server_says_is_told_apart_from_faults_of_ours(state, reason):
    error = psycopg.errors.lookup(state)("words of the server")
    assert database_faults.reason_of(error) == reason
    unavailable = database_faults.translate(error)
    assert (unavailable is None) is (reason is None)
    assert not isinstance(unavailable, UncertainError)
