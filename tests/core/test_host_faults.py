"""Whatever keeps a command or a start from going on is one sentence that says what it is."""

from __future__ import annotations

import errno
import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from core.config import Config
from core.database_faults import DatabaseUnavailableError, reason_of
from core.errors import UncertainError
from core.host_faults import WHY_AWAY, sentence_of
from uploads.errors import StorageUnavailableError


@pytest.mark.parametrize("reason", WHY_AWAY)
def test_each_way_of_being_away_is_said_in_the_language_of_the_host(reason):
    said = sentence_of(DatabaseUnavailableError(reason), Config())
    assert said.endswith(".")
    assert said != WHY_AWAY[reason]


@pytest.mark.parametrize(
    "state", ["57P01", "53300", "53100", "57014", "55P03", "40P01", "25006", "XX001", "08006"]
)
def test_what_the_server_says_is_said_however_it_comes(state):
    raw = psycopg.errors.lookup(state)("words of the server")
    assert reason_of(raw) in WHY_AWAY
    assert "base de données" in sentence_of(raw, Config())
    assert "base de données" in sentence_of(OperationalError("SELECT 1", {}, raw), Config())


@pytest.mark.parametrize("error", [StorageUnavailableError(), UncertainError()])
def test_what_has_nothing_to_do_with_a_busy_database_is_not_said_to_be_one(app, error):
    said = sentence_of(error, Config())
    assert said == str(error.message)
    assert "base de données" not in said


def test_a_file_that_cannot_be_written_is_named():
    full = OSError(errno.ENOSPC, "No space left on device", "/srv/alveole/files")
    assert sentence_of(full, Config()).startswith("/srv/alveole/files ")


@pytest.mark.parametrize(
    "error", [ValueError("of ours"), sqlite3.IntegrityError("of ours"), KeyError("of ours")]
)
def test_faults_of_ours_are_shown_whole(error):
    assert sentence_of(error, Config()) is None
