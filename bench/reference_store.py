"""What the references keep: few connections, plain SQL, one durable transaction for each act."""

from __future__ import annotations

import contextlib
import hashlib
import queue
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg

LENGTH = 30 * 60
SCHEMA = """
CREATE TABLE appointments (
    id {serial}, caregiver_id int NOT NULL, starts_at bigint NOT NULL, ends_at bigint NOT NULL,
    status text NOT NULL{guard}
);
CREATE INDEX by_start ON appointments (caregiver_id, starts_at);
CREATE TABLE messages (seq {serial}, body text NOT NULL);
CREATE TABLE feeds (token text PRIMARY KEY, version int NOT NULL);
CREATE TABLE people (id {serial}, name text NOT NULL, is_enabled int NOT NULL);
CREATE TABLE sessions (hash text PRIMARY KEY, person_id int NOT NULL, csrf text NOT NULL);
CREATE TABLE audit (
    id {serial}, at bigint NOT NULL, person_id int NOT NULL, action text NOT NULL, about int
)
"""
GUARD = """, EXCLUDE USING gist (
    int8range(caregiver_id, caregiver_id, '[]') WITH &&, int8range(starts_at, ends_at) WITH &&
) WHERE (status <> 'cancelled')"""


@dataclass(frozen=True)
class Signed:
    """Who is signed in, and the secret of their forms."""

    person: int
    name: str
    csrf: str


class Store:
    """The tables of one database."""

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

    def close(self) -> None:
        """Let go of every connection."""
        while not self._free.empty():
            self._free.get().close()

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

    def make_tables(
        self, busy: list[tuple[int, int]], feeds: list[str], sessions: list[tuple[str, str]]
    ) -> None:
        """Make the tables: caregiver 1's taken time, feeds, and sessions with their secrets."""
        serial = "bigserial PRIMARY KEY" if self.is_postgres else "INTEGER PRIMARY KEY"
        guard = GUARD if self.is_postgres else ""
        with self.writing() as connection:
            for statement in SCHEMA.format(serial=serial, guard=guard).split(";"):
                connection.execute(statement)
            insert = "INSERT INTO appointments (caregiver_id, starts_at, ends_at, status)"
            for start, end in busy:
                self.run(connection, f"{insert} VALUES (1, ?, ?, 'booked')", start, end)
            for token in feeds:
                self.run(connection, "INSERT INTO feeds VALUES (?, 1)", token)
            for number, (token, csrf) in enumerate(sessions, 1):
                name = f"Prénom{number} Nom{number}"
                self.run(connection, "INSERT INTO people (name, is_enabled) VALUES (?, 1)", name)
                insert = "INSERT INTO sessions VALUES (?, ?, ?)"
                self.run(connection, insert, _hash(token), number, csrf)

    # ── What the signed reference adds ───────────────────────────────────────────────────────

    def session_of(self, token: str) -> Signed | None:
        """Return who is signed in."""
        query = (
            "SELECT p.id, p.name, s.csrf FROM sessions s JOIN people p ON p.id = s.person_id"
            " WHERE s.hash = ? AND p.is_enabled = 1"
        )
        with self.reading() as connection:
            row = self.run(connection, query, _hash(token)).fetchone()
        return Signed(*row) if row else None

    def _note(self, connection: Any, action: str, about: int, signed: Signed | None) -> None:
        if signed is not None:
            now = int(datetime.now(UTC).timestamp())
            insert = "INSERT INTO audit (at, person_id, action, about) VALUES (?, ?, ?, ?)"
            self.run(connection, insert, now, signed.person, action, about)

    # ── The work ─────────────────────────────────────────────────────────────────────────────

    def taken(self, first: date, *, days: int) -> set[int]:
        """Return when caregiver 1's appointments begin."""
        begins = int(datetime.combine(first, time(), UTC).timestamp())
        query = (
            "SELECT starts_at FROM appointments WHERE caregiver_id = 1"
            " AND starts_at >= ? AND starts_at < ? AND status <> 'cancelled'"
        )
        ends = begins + int(timedelta(days=days).total_seconds())
        with self.reading() as connection:
            return {int(row[0]) for row in self.run(connection, query, begins, ends).fetchall()}

    def hold(self, start: int, signed: Signed | None) -> int | None:
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
                held = int(self.run(connection, insert, start, end).fetchone()[0])
                self._note(connection, "hold", held, signed)
                return held
        except psycopg.errors.ExclusionViolation:
            return None

    def mark(self, appointment_id: int, status: str, signed: Signed | None) -> None:
        """Confirm, or cancel."""
        with self.writing() as connection:
            change = "UPDATE appointments SET status = ? WHERE id = ?"
            self.run(connection, change, status, appointment_id)
            self._note(connection, status, appointment_id, signed)

    def post(self, body: str, signed: Signed | None) -> int:
        """Keep a message; return its number."""
        with self.writing() as connection:
            insert = "INSERT INTO messages (body) VALUES (?) RETURNING seq"
            seq = int(self.run(connection, insert, body).fetchone()[0])
            self._note(connection, "post", seq, signed)
            return seq

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

    def name(self, person: int) -> str:
        """Return a person's name."""
        with self.reading() as connection:
            row = self.run(connection, "SELECT name FROM people WHERE id = ?", person).fetchone()
        return str(row[0])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
