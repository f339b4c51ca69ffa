"""A PostgreSQL that takes everything and answers nothing: pages give up, and come back with it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
from sqlalchemy import text

from app import create_app
from core import database_patience
from core.database import db
from core.transaction import let_go, transaction
from tests.cast import build_cast
from tests.conftest import close_connections, empty_tables, make_config
from tests.core.breaking import open_browser, site_on
from tests.servers.cutting_proxy import Hole, swallowing_proxy

LIMIT = 6.0
SLACK = 6.0
"""Seconds; what is measured is the wait, and machines that test are busy."""


@pytest.fixture(scope="module")
def hole(postgres_server):
    url = postgres_server.new_database()
    port = int(postgres_server.url.rpartition(":")[2].partition("/")[0])
    with swallowing_proxy("127.0.0.1", port) as hole:
        hole.url = url.replace(f":{port}/", f":{hole.port}/")
        yield hole


@pytest.fixture(scope="module")
def site(hole, tmp_path_factory):
    return site_on(hole.url, tmp_path_factory.mktemp("hole"), pool_size=2)


@pytest.fixture
def person(site, hole):
    with site.app_context():
        empty_tables()
        with transaction():
            cast = build_cast()
        browser = open_browser(site, cast.jeanne)
        assert browser.get("/messages").status_code == 200
        let_go()
        yield browser
        hole.open()
        let_go()
        close_connections()


def timed(browser, path="/messages", **sent):
    begun = time.monotonic()
    answer = browser.post(path, data=sent) if sent else browser.get(path)
    return answer.status_code, time.monotonic() - begun


def test_a_page_gives_up_on_a_line_that_swallows_everything(person, hole):
    """Connections that have rested, and new ones: both are given up, together in time."""
    hole.swallow()
    for _turn in range(2):
        status, seconds = timed(person)
        assert status == 503
        assert seconds < LIMIT + SLACK
    status, seconds = timed(person, body="Bonjour")
    assert (status, seconds < LIMIT + SLACK) == (503, True)
    hole.open()
    assert timed(person)[0] == 200


def test_a_line_that_was_lost_while_it_rested_is_left_for_a_new_one(person, hole, monkeypatch):
    """As a firewall forgets what nobody used for a while: neither end is told."""
    monkeypatch.setattr(database_patience, "AWAKE", 0.0)
    hole.lose_lines()
    assert timed(person)[0] == 200


def test_many_pages_at_once_give_up_as_soon(site, person, hole):
    """More than there are connections: who waits for one waits no longer either."""
    hole.swallow()
    found: list[tuple[int, float]] = []
    cookie = person.get_cookie(site.config["SESSION_COOKIE_NAME"])

    def ask() -> None:
        browser = site.test_client()
        browser.set_cookie(cookie.key, cookie.value)
        found.append(timed(browser))

    threads = [threading.Thread(target=ask) for _number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _seconds in found} == {503}
    assert max(seconds for _status, seconds in found) < LIMIT + SLACK


def test_a_line_that_freezes_in_the_middle_of_a_page_is_given_up(site, person, hole):
    from core.web import public

    def freeze():
        db.session.execute(text("SELECT 1"))
        hole.swallow()
        db.session.execute(text("SELECT 2"))
        return "never"

    view = site.view_functions["security.sign_in"]
    site.view_functions["security.sign_in"] = public(freeze)
    try:
        status, seconds = timed(person, "/connexion")
    finally:
        site.view_functions["security.sign_in"] = view
    assert status == 503
    assert seconds < LIMIT + SLACK


def test_an_address_where_nobody_takes_the_call_is_given_up(tmp_path):
    """What a firewall does that drops without a word: the call is never taken."""
    with contextlib.ExitStack() as opened:
        deaf = opened.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _number in range(4):  # fill the queue: further calls are not answered at all
            caller = opened.enter_context(socket.socket())
            caller.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                caller.connect(deaf.getsockname())
        port = deaf.getsockname()[1]
        config = make_config(tmp_path, f"postgresql://a@127.0.0.1:{port}/a")
        app = create_app(config, TESTING=False)
        browser = app.test_client()
        browser.set_cookie(app.config["SESSION_COOKIE_NAME"], "x" * 43)
        status, seconds = timed(browser)
        assert status == 503
        assert seconds < LIMIT + SLACK
        with app.app_context():
            db.engine.dispose()


def test_control_without_a_clock_of_ours_a_page_would_wait(person, hole, monkeypatch):
    for name in ("PING", "STATEMENT", "TOTAL"):
        monkeypatch.setattr(database_patience, name, LIMIT + SLACK + 2)
    hole.swallow()
    _status, seconds = timed(person)
    assert seconds > LIMIT + SLACK


def test_the_hole_is_one(hole):
    assert isinstance(hole, Hole)
    with socket.create_connection(("127.0.0.1", hole.port), 5) as line:
        hole.swallow()
        line.sendall(b"\0" * 8)
        line.settimeout(0.5)
        with pytest.raises(TimeoutError):
            line.recv(1)
    hole.open()
