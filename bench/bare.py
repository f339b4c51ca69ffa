"""The reference: Flask doing the same work and nothing else, no session, rights, audit or look.

What it costs is the floor: nobody who answers with Flask and writes durably is below it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psycopg
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_socketio import SocketIO, join_room

from core import clock
from scheduling.time.openings import WeeklyRange
from scheduling.time.slots import Window, free_slots

ROOM = "everybody"
LENGTH = 30 * 60
HOURS = tuple(
    WeeklyRange(weekday, start * 60, end * 60)
    for weekday in range(5)
    for start, end in ((9, 12), (14, 18))
)
SCHEMA = """
CREATE TABLE appointments (
    id {serial}, caregiver_id int NOT NULL, starts_at bigint NOT NULL, ends_at bigint NOT NULL,
    status text NOT NULL{guard}
);
CREATE INDEX by_start ON appointments (caregiver_id, starts_at);
CREATE TABLE messages (seq {serial}, body text NOT NULL);
CREATE TABLE feeds (token text PRIMARY KEY, version int NOT NULL)
"""
GUARD = """, EXCLUDE USING gist (
    int8range(caregiver_id, caregiver_id, '[]') WITH &&, int8range(starts_at, ends_at) WITH &&
) WHERE (status <> 'cancelled')"""


class Store:
    """Few connections, plain SQL, one durable transaction for each act."""

    def __init__(self, url: str) -> None:
        """Open ``url``: a file's path, or an address of PostgreSQL."""
        self.url = url
        self.is_postgres = url.startswith("postgresql")
        self._free: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(8 if self.is_postgres else 1):  # SQLite has one writer
            self._free.put(self._connect())

    def _connect(self) -> Any:
        if self.is_postgres:
            return psycopg.connect(self.url, autocommit=True)
        connection = sqlite3.connect(self.url, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[Any]:
        """Lend a connection."""
        connection = self._free.get()
        try:
            yield connection
        finally:
            self._free.put(connection)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Any]:
        """Lend a connection for one transaction."""
        with self.reading() as connection:
            connection.execute("BEGIN" if self.is_postgres else "BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def run(self, connection: Any, statement: str, *values: object) -> Any:
        """Run one statement written with question marks."""
        if self.is_postgres:
            statement = statement.replace("?", "%s")
        return connection.execute(statement, values)

    def make_tables(self, busy: list[tuple[int, int]], feeds: list[str]) -> None:
        """Make the tables, with caregiver 1's taken time."""
        serial = "bigserial PRIMARY KEY" if self.is_postgres else "INTEGER PRIMARY KEY"
        guard = GUARD if self.is_postgres else ""
        with self.writing() as connection:
            for statement in SCHEMA.format(serial=serial, guard=guard).split(";"):
                connection.execute(statement)
            insert = "INSERT INTO appointments (caregiver_id, starts_at, ends_at, status)"
            for start, end in busy:
                self.run(connection, f"{insert} VALUES (1, ?, ?, 'confirmed')", start, end)
            for token in feeds:
                self.run(connection, "INSERT INTO feeds VALUES (?, 1)", token)

    # ── The work ─────────────────────────────────────────────────────────────────────────────

    def slots(self, first: int, last: int) -> list[str]:
        """Return the free half-hours between two instants."""
        query = (
            "SELECT starts_at, ends_at FROM appointments WHERE caregiver_id = 1"
            " AND starts_at < ? AND starts_at > ? AND ends_at > ? AND status <> 'cancelled'"
        )
        with self.reading() as connection:
            rows = self.run(connection, query, last, first - 86400, first).fetchall()
        busy = [(_instant(start), _instant(end)) for start, end in rows]
        window = Window(_instant(first), _instant(last))
        return [slot.isoformat() for slot in free_slots(HOURS, "Europe/Paris", busy, 30, window)]

    def hold(self, start: int) -> int | None:
        """Take a half-hour, if it is free; return its row."""
        taken = (
            "SELECT 1 FROM appointments WHERE caregiver_id = 1 AND starts_at < ?"
            " AND starts_at > ? AND ends_at > ? AND status <> 'cancelled'"
        )
        insert = (
            "INSERT INTO appointments (caregiver_id, starts_at, ends_at, status)"
            " VALUES (1, ?, ?, 'held') RETURNING id"
        )
        end = start + LENGTH
        try:
            with self.writing() as connection:
                if self.run(connection, taken, end, start - 86400, start).fetchone():
                    return None
                return int(self.run(connection, insert, start, end).fetchone()[0])
        except psycopg.errors.ExclusionViolation:
            return None

    def mark(self, appointment_id: int, status: str) -> None:
        """Confirm, or cancel."""
        with self.writing() as connection:
            change = "UPDATE appointments SET status = ? WHERE id = ?"
            self.run(connection, change, status, appointment_id)

    def post(self, body: str) -> int:
        """Keep a message; return its number."""
        with self.writing() as connection:
            insert = "INSERT INTO messages (body) VALUES (?) RETURNING seq"
            return int(self.run(connection, insert, body).fetchone()[0])

    def news(self, after: int) -> list[tuple[int, str]]:
        """Return the messages after one."""
        query = "SELECT seq, body FROM messages WHERE seq > ? ORDER BY seq LIMIT 50"
        with self.reading() as connection:
            return list(self.run(connection, query, after).fetchall())

    def version(self, token: str) -> int:
        """Return a feed's version."""
        with self.reading() as connection:
            query = "SELECT version FROM feeds WHERE token = ?"
            return int(self.run(connection, query, token).fetchone()[0])


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def day_rows(length: int) -> list[dict[str, object]]:
    """Return what a page of so many appointments shows."""
    return [
        {
            "id": number,
            "starts_at": f"2026-11-23T{7 + number // 4:02}:{number % 4 * 15:02}:00+00:00",
            "hour": f"{7 + number // 4:02}:{number % 4 * 15:02}",
            "length": "15 min",
            "patient": f"Prénom{number} Nom{number}",
            "is_past": number < length // 2,
            "type": "Suivi",
            "mode": "Au cabinet",
        }
        for number in range(length)
    ]


def create() -> Flask:  # noqa: C901  (one small view after another)
    """Build the reference on the tables that ``BARE_DATABASE`` names."""
    app = Flask(__name__)
    store = Store(os.environ["BARE_DATABASE"])
    sockets = SocketIO(app, async_mode="gevent", cors_allowed_origins=None)
    bodies = {size: b"X" * (size * 400) for size in (50, 500, 5000)}
    rows = day_rows(60)
    numbers = count()

    @app.get("/hello")
    def hello() -> str:
        return "Bonjour"

    @app.get("/slots")
    def slots() -> ResponseReturnValue:
        now = int(clock.now().timestamp())
        return {"slots": store.slots(now + 3600, now + int(request.args["days"]) * 86400)}

    @app.post("/hold")
    def hold() -> ResponseReturnValue:
        held = store.hold(int(request.form["start"]))
        return ({"id": held}, 200) if held else ({"error": "slot_taken"}, 409)

    @app.post("/confirm/<int:appointment_id>")
    def confirm(appointment_id: int) -> ResponseReturnValue:
        store.mark(appointment_id, "confirmed")
        return {"ok": True}

    @app.post("/cancel/<int:appointment_id>")
    def cancel(appointment_id: int) -> ResponseReturnValue:
        store.mark(appointment_id, "cancelled")
        return {"ok": True}

    @app.get("/feed/<token>/<int:size>")
    def feed(token: str, size: int) -> Response:
        etag = f"{token}-{store.version(token)}"
        answer = Response(mimetype="text/calendar")
        answer.set_etag(etag)
        if etag in request.if_none_match:
            answer.status_code = 304
        else:
            answer.set_data(bodies[size])
        return answer

    @app.get("/appointment/<int:appointment_id>")
    def appointment(appointment_id: int) -> str:
        return str(appointment_id)

    @app.get("/day")
    def day() -> str:
        return render_template("bare_day.html", rows=rows)

    @app.get("/news")
    def news() -> ResponseReturnValue:
        return {"messages": store.news(int(request.args["after"]))}

    def connect(_auth: object = None) -> None:
        if request.args.get("room"):
            join_room(ROOM)

    def post_message(data: dict[str, str]) -> dict[str, object]:
        seq = store.post(f"{data['body']} {next(numbers)}")
        sockets.emit("message", {"conversation": 1, "seq": seq}, to=ROOM)
        return {"ok": True, "seq": seq}

    sockets.on_event("connect", connect)
    sockets.on_event("post_message", post_message)
    return app
