"""SQLite locked by another program, full, read-only or damaged: the same answer, nothing lost."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from app import create_app
from core import database_faults
from core.database import db
from core.transaction import let_go, transaction
from messaging.models import Message
from tests.cast import build_cast
from tests.conftest import make_config, migrate_up
from tests.core.breaking import open_browser
from tests.security.test_late_forms import hidden_of, post, thread_of

TEXT = "Bonjour, la plaie est propre et sèche."
PATIENCE = 15.0
"""Seconds; a page waits five for another program, and machines that test are busy."""


@pytest.fixture
def house(tmp_path):
    app = create_app(make_config(tmp_path), TESTING=False)
    migrate_up(app)
    with app.app_context():
        with transaction():
            cast = build_cast()
        yield app, cast, Path(db.engine.url.database)
        let_go()
        db.engine.dispose()


def lock(_app, path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other.close


def fill(app, path):
    """As a full disk says it: not one page more."""
    with sqlite3.connect(path) as other:
        other.execute("VACUUM")
    other.close()

    def stop_growing(connection, _record, _proxy):
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    from sqlalchemy import event

    event.listen(db.engine, "checkout", stop_growing)

    def undo():
        event.remove(db.engine, "checkout", stop_growing)
        db.engine.dispose()

    return undo


def forbid_writing(app, _path):
    from sqlalchemy import event

    def only_read(connection, _record, _proxy):
        connection.execute("PRAGMA query_only = ON")

    event.listen(db.engine, "checkout", only_read)

    def undo():
        event.remove(db.engine, "checkout", only_read)
        db.engine.dispose()

    return undo


@pytest.mark.parametrize("way", [lock, fill, forbid_writing])
def test_a_form_comes_back_with_its_words_and_can_be_sent_again(house, page, way):
    app, cast, path = house
    jeanne, url = open_browser(app, cast.jeanne), thread_of(cast)
    fields = hidden_of(jeanne.get(url).text) | {"body": TEXT * (240 if way is fill else 1)}
    let_go()
    undo = way(app, path)
    try:
        begun = time.monotonic()
        refused = post(jeanne, url, url, fields)
        assert time.monotonic() - begun < PATIENCE
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert page(refused).inputs == fields
        assert jeanne.get("/messages").status_code == 200  # what is read is there
        let_go()
    finally:
        undo()
    assert post(jeanne, url, url, page(refused).inputs).status_code == 303
    let_go()
    assert db.session.query(Message).count() == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "lock"),
        (sqlite3.SQLITE_IOERR_FSYNC, "disk"),
        (sqlite3.SQLITE_FULL, "disk"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "disk"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "read_only"),
        (sqlite3.SQLITE_CANTOPEN, "disk"),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, None),
        (sqlite3.SQLITE_ERROR, None),
        (sqlite3.SQLITE_MISUSE, None),
    ],
)
def test_what_the_file_says_is_told_apart_from_faults_of_ours(code, reason):
    error = sqlite3.OperationalError("words of the library")
    error.sqlite_errorcode = code
    assert database_faults.reason_of(error) == reason


def test_a_file_that_is_none_is_a_sentence_for_who_runs_a_command(house):
    app, _cast, path = house
    let_go()
    db.engine.dispose()
    for piece in path.parent.glob(path.name + "*"):
        piece.unlink()
    path.write_bytes(os.urandom(8192))
    found = app.test_cli_runner().invoke(args=["recover", "bob@example.org"])
    assert found.exit_code == 1
    assert found.output.count("\n") == 1
    assert "base de données" in found.output
    with pytest.raises(Exception, match="not a database"):
        db.session.execute(text("SELECT 1 FROM users"))
