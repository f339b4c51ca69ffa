"""Sealing the audit log: each finished day gets a digest that carries the one before it.

Rows are written freely, so operations never queue behind a chain; the worker seals afterwards, and
``flask audit verify`` tells whether a sealed day was touched since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import Date, Integer, String, select
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, outbox
from core.audit import AuditEntry
from core.database import Identified, Model, db
from core.transaction import transaction

if TYPE_CHECKING:
    from flask import Flask

KIND = "seal_audit"
FIRST = "0" * 64
BATCH = 1000


class AuditSeal(Identified, Model):
    """One finished day (UTC) of the audit log."""

    __tablename__ = "audit_seals"

    day: Mapped[date] = mapped_column(Date, unique=True)
    entries: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 over the seal before and every entry of the day, in order."""
    sealed_at: Mapped[datetime]


def seal_finished_days() -> int:
    """Seal every day that is over and not sealed yet; return how many."""
    yesterday = clock.now().date() - timedelta(days=1)
    with transaction():
        last = db.session.scalar(select(AuditSeal).order_by(AuditSeal.day.desc()).limit(1))
        first_at = db.session.scalar(select(AuditEntry.at).order_by(AuditEntry.id).limit(1))
        if last is None and first_at is None:
            return 0
        day = last.day + timedelta(days=1) if last else _day_of(first_at)
        previous = last.digest if last else FIRST
        sealed = 0
        while day <= yesterday:
            digest, count = _digest(previous, day)
            db.session.add(AuditSeal(day=day, entries=count, digest=digest, sealed_at=clock.now()))
            previous, day, sealed = digest, day + timedelta(days=1), sealed + 1
    return sealed


def broken_seals() -> list[date]:
    """Return the days whose entries are no longer those that were sealed, oldest first."""
    previous, broken = FIRST, []
    for seal in db.session.scalars(select(AuditSeal).order_by(AuditSeal.day)):
        digest, count = _digest(previous, seal.day)
        if (digest, count) != (seal.digest, seal.entries):
            broken.append(seal.day)
        previous = seal.digest
    return broken


def _seal(_row_id: int, _payload: dict[str, Any]) -> None:
    seal_finished_days()


def _day_of(instant: datetime | None) -> date:
    return (instant or clock.now()).astimezone(UTC).date()


def _digest(previous: str, day: date) -> tuple[str, int]:
    running, count = hashlib.sha256(previous.encode()), 0
    for entry in _entries(day):
        running.update(json.dumps(entry, separators=(",", ":")).encode())
        count += 1
    return running.hexdigest(), count


def _entries(day: date) -> Iterator[list[Any]]:
    start = datetime.combine(day, time(), UTC)
    columns = [column for column in AuditEntry.__table__.columns if column.name != "at"]
    query = (
        select(AuditEntry.at, *columns)
        .where(AuditEntry.at >= start, AuditEntry.at < start + timedelta(days=1))
        .order_by(AuditEntry.id)
        .execution_options(yield_per=BATCH)
    )
    for at, *values in db.session.execute(query):
        yield [at.astimezone(UTC).isoformat(), *values]


def init_app(app: Flask) -> None:
    """Seal once a day, and add ``flask audit verify``."""
    outbox.register_handler(KIND, _seal)
    outbox.register_regular(KIND)

    @app.cli.group("audit")
    def audit() -> None:
        """Look after the audit log."""

    @audit.command("verify")
    def verify() -> None:
        """Say whether every sealed day is untouched; exit 1 otherwise."""
        broken = broken_seals()
        for day in broken:
            click.echo(f"{day}: altered since it was sealed")
        if broken:
            raise SystemExit(1)
        click.echo("Every sealed day is untouched.")
