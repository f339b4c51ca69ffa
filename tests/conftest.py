"""What every test may ask for: an application on a real database, people, time, mail."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import event

import security.wiring
from app import create_app
from core import clock, encryption, outbox, tokens
from core import start as core_start
from core.authorization import System
from core.config import Config, DatabaseConfig, LogConfig
from core.database import Base, db
from core.extensions import socketio
from core.mail import MailboxMessage
from core.outbox import OutboxMessage, OutboxState
from tests import unhurried
from tests.cast import Cast, build_cast
from tests.restoring import Restorer
from tests.servers.several import wait_until

pytest_plugins = ["tests.servers.fixtures", "tests.side_by_side", "tests.speeds"]

MONDAY = "2026-11-23 08:00 Europe/Paris"
"""When every test begins, unless it travels."""


def pytest_addoption(parser):
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite")


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases")
        chosen = ["sqlite", "postgresql"] if both else [metafunc.config.getoption("database")]
        if metafunc.definition.get_closest_marker("on_postgresql"):
            chosen = ["postgresql"]
        metafunc.parametrize("database", chosen, indirect=True)


@pytest.fixture
def database(request) -> str:
    return request.param


# ── Time ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Travel:
    """The clock of a test: it stands still until somebody moves it."""

    now: datetime

    def __call__(self, when: str | datetime | timedelta) -> datetime:
        if isinstance(when, timedelta):
            self.now += when
        elif isinstance(when, datetime):
            self.now = when.astimezone(UTC)
        else:
            local, _, zone = when.rpartition(" ")
            self.now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        return self.now


@pytest.fixture(autouse=True)
def travel_to(monkeypatch) -> Travel:
    travel = Travel(datetime(2026, 11, 23, 7, tzinfo=UTC))
    travel(MONDAY)
    monkeypatch.setattr(clock, "now", lambda: travel.now)
    return travel


@pytest.fixture(scope="session", autouse=True)
def _cheap_work():
    with unhurried.hashing(unhurried.CHEAP), unhurried.files_judged_once():
        yield


@pytest.fixture(autouse=True)
def _dear_hashing(request, _cheap_work):
    dear = request.node.get_closest_marker("full_cost")
    with unhurried.hashing(unhurried.DEAR) if dear else contextlib.nullcontext():
        yield


# ── Application and database ──────────────────────────────────────────────────────────────────


def make_config(folder: Path, url: str = "", **sections) -> Config:
    config = replace(
        Config(),
        data_dir=str(folder),
        database=DatabaseConfig(url=url),
        log=LogConfig(level="warning"),
        **sections,
    )
    return core_start.prepare(config)


@pytest.fixture(scope="session")
def _apps(request, tmp_path_factory, shared_folder):
    """One application per kind of database, migrated once; tests empty the tables."""
    apps: dict[str, Flask] = {}

    def get(kind: str) -> Flask:
        if kind not in apps:
            url = ""
            if kind == "postgresql":
                url = request.getfixturevalue("postgres_server").new_database()
            config = make_config(tmp_path_factory.mktemp(kind), url)
            apps[kind] = create_app(
                config,
                TESTING=True,
                WTF_CSRF_ENABLED=False,
                SQLALCHEMY_ENGINE_OPTIONS=unhurried.engine_options(config.database),
            )
            unhurried.survive_no_power_cut(apps[kind])
            migrate_up(apps[kind])
        return apps[kind]

    with unhurried.writers(), unhurried.templates(shared_folder / "templates"):
        yield get
    for app in apps.values():
        with app.app_context():
            db.engine.dispose()


def migrate_up(app: Flask) -> None:
    from flask_migrate import upgrade

    with app.app_context():
        upgrade(directory="migrations")
        db.engine.dispose()


@pytest.fixture
def app(_apps, database):
    """The application, its context open, its database empty, the process set as it wants it."""
    app = _apps(database)
    config = app.config["ALVEOLE"]
    encryption.configure(config.secrets.encryption_keys)
    security.wiring.configure(config)
    with app.app_context():
        empty_tables()
        yield app
        close_connections()


def close_connections() -> None:
    """End a test: a thread that it leaves behind shows here, not in the next test.

    A connection in use outlives its pool, and is found open much later, by any other test.
    """
    db.session.remove()
    pool = db.engine.pool
    assert wait_until(lambda: pool.checkedout() == 0, 60), "something still uses the database"
    db.engine.dispose()


def empty_tables() -> None:
    """Begin anew: no rows, and ids from 1 on; never done in the product.

    PostgreSQL: TRUNCATE makes several files for each table, thirty times as long as this takes.
    """
    tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
    with contextlib.closing(db.engine.raw_connection()) as connection:
        if db.engine.dialect.name == "postgresql":
            connection.execute("SET LOCAL session_replication_role = replica")  # no guards
            deletes = "".join(f"DELETE FROM {table};" for table in tables)
            connection.execute(f"DO $$ BEGIN {deletes} {COUNT_FROM_ONE} END $$")
        else:
            deletes = "".join(f"DELETE FROM {table};" for table in [*tables, "sqlite_sequence"])
            connection.executescript(f"BEGIN IMMEDIATE; {deletes}")
        connection.commit()


COUNT_FROM_ONE = """
    PERFORM setval(quote_ident(sequencename), 1, false) FROM pg_sequences
    WHERE last_value IS NOT NULL;
"""


@pytest.fixture(scope="session")
def _restorer() -> Restorer:
    return Restorer(build_cast)


@pytest.fixture
def cast(app, _restorer) -> Cast:
    return _restorer.cast()


# ── Doors ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def visitor(app):
    return app.test_client()


@pytest.fixture
def sign_in(app):
    """``sign_in(user)`` gives a browser of theirs, past both steps, with a live session row."""

    def sign_in(user):
        from security.operations.sessions import open_session

        client = app.test_client()
        token = open_session(System("tests"), user, device="computer Linux Firefox")
        client.set_cookie(app.config["SESSION_COOKIE_NAME"], token)
        return client

    return sign_in


@pytest.fixture
def connect(app, sign_in):
    """``connect(user)`` gives an open page's socket; it closes with the test."""
    clients = []

    def connect(user):
        clients.append(socketio.test_client(app, flask_test_client=sign_in(user)))
        return clients[-1]

    yield connect
    for client in clients:
        if client.is_connected():
            client.disconnect()


# ── Mail ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Mail:
    to: str
    subject: str
    text: str
    html: str
    calendar: str | None = None

    @property
    def code(self) -> str:
        """The six digits of the mail, without their space."""
        found = re.search(r"\b(\d{3})[\s\u00a0]?(\d{3})\b", self.text)
        assert found, f"no code in: {self.text}"
        return found.group(1) + found.group(2)

    def link(self, part: str = "") -> str:
        """The path of the first link that contains ``part``."""
        for url in re.findall(r"https?://\S+", self.text):
            if part in url:
                return re.sub(r"^https?://[^/]+", "", url.rstrip(".,)"))
        raise AssertionError(f"no link with {part!r} in: {self.text}")


@dataclass
class Outbox:
    """The outbox is the mailbox: the real worker delivers into the demo mailbox."""

    worker: outbox.Worker = field(default_factory=outbox.Worker)

    def deliver(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            while self.worker.run_once():
                pass

    def mails(self, to: object = None) -> list[Mail]:
        self.deliver()
        address = getattr(to, "email", to)
        rows = db.session.query(MailboxMessage).order_by(MailboxMessage.id).all()
        mails = [Mail(row.recipient, row.subject, row.text, row.html, row.calendar) for row in rows]
        db.session.rollback()
        return [mail for mail in mails if address is None or mail.to == address]

    def one(self, to: object = None) -> Mail:
        """The newest mail to them; there must be one."""
        mails = self.mails(to)
        assert mails, f"no mail to {to}"
        return mails[-1]

    def waiting(self) -> int:
        count = db.session.query(OutboxMessage).filter_by(state=OutboxState.QUEUED).count()
        db.session.rollback()
        return count


@pytest.fixture(name="outbox")
def outbox_fixture(app) -> Outbox:
    return Outbox()


# ── Reading pages, counting queries ───────────────────────────────────────────────────────────


class _Reader(HTMLParser):
    SILENT = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title = ""
        self.links: list[str] = []
        self.actions: list[str] = []
        self.inputs: dict[str, str] = {}
        self._open: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self._open.append(tag)
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag == "form":
            self.actions.append(values.get("action") or "")
        if (
            tag == "input"
            and values.get("name")
            and values.get("type") not in {"radio", "checkbox"}
        ):
            self.inputs[values["name"]] = values.get("value") or ""

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if "title" in self._open and "svg" not in self._open:
            self.title += data
        elif not self.SILENT & set(self._open):
            self.parts.append(data)


@dataclass
class Page:
    text: str
    title: str
    links: list[str]
    actions: list[str]
    inputs: dict[str, str]
    html: str


@pytest.fixture
def page():
    """``page(response)`` gives what a person reads: text with plain spaces, title, links, forms."""

    def read(response) -> Page:
        html = response.get_data(as_text=True)
        reader = _Reader()
        reader.feed(html)
        words = " ".join("".join(reader.parts).replace("\u00a0", " ").split())
        title = " ".join(reader.title.split())
        return Page(words, title, reader.links, reader.actions, reader.inputs, html)

    return read


@pytest.fixture
def count_queries(app):
    """``with count_queries() as count: …`` then ``count.total``."""

    @dataclass
    class Count:
        total: int = 0
        statements: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def counting():
        count = Count()

        def note(_connection, _cursor, statement, *_rest):
            count.total += 1
            count.statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield count
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def token():
    return tokens.new_token
