"""Statements on the driver's own connection say what those of a session say."""

from __future__ import annotations

import signal
import sqlite3
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import Integer, bindparam, func, select, update

from core.database import UtcDateTime, db
from core.prepared import DriverConnection, Prepared
from core.transaction import transaction
from security.models import User

pytestmark = pytest.mark.both_databases

COLUMNS = (User.id, User.email, User.is_enabled, User.created_at)


def test_a_row_is_the_row_of_a_session(cast, database):
    statement = select(*COLUMNS).where(User.id == bindparam("id", type_=Integer()))
    with DriverConnection() as connection:
        row = connection.first(Prepared(statement), id=cast.bob.id)
        assert connection.first(Prepared(statement), id=0) is None
    assert row == tuple(db.session.execute(statement, {"id": cast.bob.id}).one())
    assert row[3].tzinfo is UTC
    assert row[2] is True


def test_values_of_the_statement_and_of_the_call_are_bound_as_the_session_binds_them(
    cast, database
):
    statement = (
        select(User.id)
        .where(
            User.is_enabled.is_(True),
            User.locale == "fr",
            User.created_at <= bindparam("now", type_=UtcDateTime()),
        )
        .order_by(User.id)
    )
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    with DriverConnection() as connection:
        rows = connection.rows(Prepared(statement), now=now)
        assert connection.rows(Prepared(statement), now=datetime(2020, 1, 1, tzinfo=UTC)) == []
    assert [id_ for (id_,) in rows] == list(db.session.scalars(statement, {"now": now}))
    assert rows


def test_a_value_that_lacks_is_an_error_and_leaves_no_connection_behind(cast, database):
    statement = Prepared(select(User.id).where(User.id == bindparam("id", type_=Integer())))
    before = db.engine.pool.checkedout()
    with pytest.raises(KeyError), DriverConnection() as connection:
        connection.rows(statement)
    assert db.engine.pool.checkedout() == before


def test_a_statement_that_is_refused_leaves_a_connection_whose_transactions_roll_back(
    cast, database
):
    former = cast.bob.locale
    db.session.rollback()
    refused = Prepared(select(func.no_such_function()))
    with pytest.raises((sqlite3.Error, psycopg.Error)), DriverConnection() as connection:
        connection.rows(refused)
    with pytest.raises(ZeroDivisionError), transaction():
        db.session.execute(update(User).where(User.id == cast.bob.id).values(locale="xx"))
        raise ZeroDivisionError
    assert db.session.scalar(select(User.locale).where(User.id == cast.bob.id)) == former


class BrokenOffError(Exception):
    """Somebody would not wait for the answer."""


@pytest.fixture
def soon_broken_off():
    def break_off(*_signal):
        raise BrokenOffError

    former = signal.signal(signal.SIGALRM, break_off)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, former)


@pytest.mark.on_postgresql
def test_a_statement_that_is_broken_off_leaves_no_connection_behind(
    cast, database, soon_broken_off
):
    before = db.engine.pool.checkedout()
    asleep = Prepared(select(func.pg_sleep(3)))
    with pytest.raises(BrokenOffError), DriverConnection() as connection:
        connection.rows(asleep)
    assert db.engine.pool.checkedout() == before
    assert db.session.scalar(select(User.locale).where(User.id == cast.bob.id))


def test_it_sees_what_is_committed_and_is_counted_as_any_statement(cast, count_queries, database):
    statement = Prepared(select(User.locale).where(User.id == bindparam("id", type_=Integer())))
    with transaction():
        cast.bob.locale = "en"
    with count_queries() as count, DriverConnection() as connection:
        assert connection.first(statement, id=cast.bob.id) == ("en",)
    assert count.total == 1
