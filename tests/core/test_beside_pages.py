"""What a serving process does beside its pages outlives a connection that breaks under it."""

from __future__ import annotations

import threading

import psycopg
import pytest
from sqlalchemy import event, func, select

from core import processes
from core.database import db
from core.hints import HintLine
from core.transaction import let_go
from tests.servers.several import wait_until


def break_own_connection() -> None:
    """Read something, and have the server end the connection before it is given back."""
    pid = db.session.scalar(select(func.pg_backend_pid()))
    url = db.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.on_postgresql
def test_a_connection_that_breaks_stops_no_hint_after_it(app, database):
    line, came = HintLine(), threading.Event()
    line.open(app)
    line.send(break_own_connection)
    line.send(came.set)
    assert came.wait(10), "the thread of the hints has ended"


@pytest.mark.on_postgresql
def test_a_connection_that_breaks_stops_no_sign_of_life(app, monkeypatch, database):
    monkeypatch.setattr(processes, "BEAT", 0.01)
    broken, beats = threading.Event(), []

    def break_once(_connection, _cursor, statement, *_rest):
        if threading.current_thread().name != "heart":
            return
        beats.append(statement)
        if "SELECT" in statement and not broken.is_set():
            broken.set()
            break_own_connection()

    event.listen(db.engine, "after_cursor_execute", break_once)
    heart = processes.start(app, app.config["ALVEOLE"])
    try:
        assert broken.wait(10)
        seen = len(beats)
        assert wait_until(lambda: len(beats) > seen + 3), "the thread of the signs has ended"
    finally:
        event.remove(db.engine, "after_cursor_execute", break_once)
        heart.stop()


@pytest.mark.on_postgresql
def test_the_connection_of_a_context_is_given_back_even_when_it_broke(app, database):
    with app.app_context():
        break_own_connection()
    with app.app_context():
        assert db.session.scalar(select(1)) == 1
    let_go()
