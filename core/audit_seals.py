"""Sealing the audit log: each finished day gets a digest that carries the one before it.

Rows are written freely, so operations never queue behind a chain; the worker seals afterwards, and
``flask audit verify`` tells whether a sealed day was touched since. A seal needs a key that is not
in the database (``h1.<key id>.<HMAC>``): whoever may write there cannot seal what they changed.
Seals of before had none; ``flask keys reseal`` gives them one, when they still hold. A seal with a
key holds the hour it was made at: where somebody took the last ones away and the worker made
others, they are late, and said to be.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import click
from flask import current_app
from sqlalchemy import Date, Integer, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, encryption, outbox, tokens
from core.audit import AuditEntry
from core.database import Identified, Model, db
from core.encryption import MissingKeyError
from core.personal_data import Fate, Until, declare, kept_since, register_eraser
from core.transaction import queue_up, transaction

if TYPE_CHECKING:
    from flask import Flask

KIND = "seal_audit"
FIRST = "0" * 64
KEYED, UNKEYED = "h1", "without a key"
TERM = "retention.audit_months"
LOCK = "audit seals"
"""One at a time extends or renews the chain."""
BATCH = 1000
IN_TIME = timedelta(days=2)
"""After the end of a day: the worker seals once a day, and may have been away for a moment."""


class AuditSeal(Identified, Model):
    """One finished day (UTC) of the audit log."""

    __tablename__ = "audit_seals"

    day: Mapped[date] = mapped_column(Date, unique=True)
    entries: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    """Over the seal before and every entry of the day, in order."""
    sealed_at: Mapped[datetime]


declare(
    AuditSeal,
    Fate.NOBODY,
    Until.INSTANCE,
    reason="A digest and a number of entries; the last day that was forgotten carries the chain on",
)


def seal_finished_days() -> int:
    """Seal every day that is over and not sealed yet; return how many."""
    yesterday = clock.now().date() - timedelta(days=1)
    with transaction():
        queue_up(LOCK)
        last = db.session.scalar(select(AuditSeal).order_by(AuditSeal.day.desc()).limit(1))
        first_at = db.session.scalar(select(AuditEntry.at).order_by(AuditEntry.id).limit(1))
        if last is None and first_at is None:
            return 0
        day = last.day + timedelta(days=1) if last else _day_of(first_at)
        previous = last.digest if last else FIRST
        sealed = 0
        while day <= yesterday:
            now = clock.now()
            digest, count = _sealed(previous, day, now)
            db.session.add(AuditSeal(day=day, entries=count, digest=digest, sealed_at=now))
            previous, day, sealed = digest, day + timedelta(days=1), sealed + 1
    return sealed


def broken_seals() -> list[date]:
    """Return the days whose entries are no longer those that were sealed, oldest first.

    After a seal with a key, one without was made by somebody who had none. Where the oldest day
    has reached its term and has no entries left, its seal only carries the chain on.
    """
    previous, broken, is_keyed = FIRST, [], False
    term = kept_since(current_app.config["ALVEOLE"], TERM, clock.now())
    for seal in db.session.scalars(select(AuditSeal).order_by(AuditSeal.day)):
        was_keyed, is_keyed = is_keyed, is_keyed or _key_id_of(seal.digest) is not None
        if previous == FIRST and _end_of(seal.day) <= term and not _has_entries(seal.day):
            previous = seal.digest
            continue
        try:
            digest, count = _digest(
                previous, seal.day, _key_id_of(seal.digest), sealed_at=seal.sealed_at
            )
        except MissingKeyError:
            digest, count = "", -1
        has_lost_its_key = was_keyed and _key_id_of(seal.digest) is None
        if not tokens.same(digest, seal.digest) or count != seal.entries or has_lost_its_key:
            broken.append(seal.day)
        previous = seal.digest
    return broken


def erase_oldest_day(before: datetime, _most: int) -> int:
    """Delete the oldest sealed day that is over since ``before``; return how many rows went.

    Its seal stays, to carry the chain on; those before it go with their days.
    """
    oldest = list(db.session.scalars(select(AuditSeal.day).order_by(AuditSeal.day).limit(2)))
    if oldest and not _has_entries(oldest[0]):
        oldest = oldest[1:]  # forgotten already
    db.session.rollback()
    if not oldest or _end_of(oldest[0]) > before:
        return 0
    with transaction():
        queue_up(LOCK)
        entries = db.session.execute(delete(AuditEntry).where(AuditEntry.at < _end_of(oldest[0])))
        seals = db.session.execute(delete(AuditSeal).where(AuditSeal.day < oldest[0]))
    return entries.rowcount + seals.rowcount  # type: ignore[attr-defined,no-any-return]


def count_seals() -> Counter[str]:
    """Return how many days are sealed with each key, as « h1.01234567 », or ``UNKEYED``."""
    counts: Counter[str] = Counter()
    for digest in db.session.scalars(select(AuditSeal.digest)):
        key_id = _key_id_of(digest)
        counts[UNKEYED if key_id is None else f"{KEYED}.{key_id}"] += 1
    db.session.rollback()
    return counts


def renew_seals() -> bool:
    """Seal every day anew with the newest key; say no, and change nothing, if one was touched.

    The log is read before anything is locked, and read again if a day was sealed meanwhile.
    """
    newest = f"{KEYED}.{encryption.audit_key()[0]}"
    while not set(count_seals()) <= {newest}:
        if broken_seals():
            return False
        seen = _chain()
        fresh, previous = [], FIRST
        for _seal_id, day, _old, sealed_at in seen:
            previous, _count = _sealed(previous, day, sealed_at)
            fresh.append(previous)
        with transaction():
            queue_up(LOCK)
            if _chain() == seen:
                for (seal_id, _day, _old, _at), digest in zip(seen, fresh, strict=True):
                    db.session.execute(
                        update(AuditSeal).where(AuditSeal.id == seal_id).values(digest=digest)
                    )
    return True


def late_seals() -> list[tuple[date, datetime]]:
    """Return the days that were sealed long after their end, with the hour, oldest first."""
    rows = select(AuditSeal.day, AuditSeal.sealed_at).order_by(AuditSeal.day)
    late = [
        (day, sealed_at)
        for day, sealed_at in db.session.execute(rows)
        if sealed_at >= _end_of(day) + IN_TIME
    ]
    db.session.rollback()
    return late


def _chain() -> list[tuple[int, date, str, datetime]]:
    columns = (AuditSeal.id, AuditSeal.day, AuditSeal.digest, AuditSeal.sealed_at)
    rows = db.session.execute(select(*columns).order_by(AuditSeal.day))
    return [(seal_id, day, digest, sealed_at) for seal_id, day, digest, sealed_at in rows]


def _seal(_row_id: int, _payload: dict[str, Any]) -> None:
    seal_finished_days()


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _has_entries(day: date) -> bool:
    end = _end_of(day)
    of_day = (AuditEntry.at >= end - timedelta(days=1), AuditEntry.at < end)
    return db.session.scalar(select(AuditEntry.id).where(*of_day).limit(1)) is not None


def _day_of(instant: datetime | None) -> date:
    return (instant or clock.now()).astimezone(UTC).date()


def _sealed(previous: str, day: date, sealed_at: datetime) -> tuple[str, int]:
    return _digest(previous, day, encryption.audit_key()[0], sealed_at=sealed_at)


def _key_id_of(digest: str) -> str | None:
    form, _dot, rest = digest.partition(".")
    return rest.partition(".")[0] if form == KEYED else None


def _digest(
    previous: str, day: date, key_id: str | None, *, sealed_at: datetime | None = None
) -> tuple[str, int]:
    """Return the seal of a day, with the number of its entries; without a key as it once was.

    Raises:
        MissingKeyError: the key is not in the ring.
    """
    running = (
        hashlib.sha256()
        if key_id is None
        else hmac.new(encryption.audit_key(key_id)[1], digestmod=hashlib.sha256)
    )
    running.update(previous.encode())
    if key_id is not None and sealed_at is not None:
        running.update(f"|{sealed_at.astimezone(UTC).isoformat()}|".encode())
    count = 0
    for entry in _entries(day):
        running.update(json.dumps(entry, separators=(",", ":")).encode())
        count += 1
    if key_id is None:
        return running.hexdigest(), count
    return f"{KEYED}.{key_id}.{base64.urlsafe_b64encode(running.digest()).decode()}", count


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
    register_eraser(AuditEntry, erase_oldest_day)

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
        if late := late_seals():
            click.echo(
                f"{len(late)} days were sealed more than {IN_TIME.days} days after their end, the"
                f" newest ({late[-1][0]}) on {late[-1][1].astimezone(UTC):%Y-%m-%d}. That is normal"
                " if no worker ran until then; if one did, somebody took earlier seals away."
            )
        if unkeyed := count_seals()[UNKEYED]:
            click.echo(
                f"{unkeyed} days are sealed without a key, as before: run « flask keys reseal »"
                " once. Seen again later, somebody who has no key has sealed them."
            )
