"""« flask keys »: which keys the database still needs, and everything sealed anew with the newest.

Sealing goes through each table in steps of its ids, beside a server at work: a row that was written
meanwhile is already sealed with the newest key and is left alone. What was cut off goes on when the
command is run again.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
from cryptography.exceptions import InvalidTag
from flask.cli import AppGroup
from sqlalchemy import Column, Integer, Text, case, column, func, null, select, table, update

from core import audit_seals, encryption
from core.database import Base, db
from core.encryption import MARK_LENGTH, Cell, MissingKeyError
from core.page_slots import filled
from core.sealed_text import sealed_columns
from core.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

STEP = 500
keys = AppGroup("keys", help="Look after the keys that seal what is in the database.")


@dataclass
class Resealed:
    """What one round did."""

    rows: Counter[str] = field(default_factory=Counter)
    """Values sealed anew, by column."""
    lost: Counter[str] = field(default_factory=Counter)
    """Values that no key of the ring opens, by column: left as they are."""


def count_sealed() -> Counter[str]:
    """Return how many values stand under each form and key, as « v2.01234567 »."""
    counts: Counter[str] = Counter()
    for sealed_column in sealed_columns(Base.metadata):
        marks = func.substr(_raw(sealed_column).c[sealed_column.name], 1, MARK_LENGTH)
        for rows in _steps(sealed_column, marks):
            counts.update(mark.rstrip(".") for _row_id, mark in rows if mark is not None)
    return counts


def reseal() -> Resealed:
    """Seal every value anew that is not sealed for its row with the newest key."""
    done, mark = Resealed(), encryption.current_mark()
    for sealed_column in sealed_columns(Base.metadata):
        sealed = _raw(sealed_column).c[sealed_column.name]
        is_current = func.substr(sealed, 1, MARK_LENGTH) == mark
        for rows in _steps(sealed_column, case((is_current, null()), else_=sealed)):
            _reseal_rows(
                sealed_column, [(row_id, old) for row_id, old in rows if old is not None], done
            )
    return done


def _reseal_rows(sealed_column: Column[Any], rows: list[tuple[int, str]], done: Resealed) -> None:
    name, fresh = f"{sealed_column.table.name}.{sealed_column.name}", []
    for row_id, old in rows:
        cell = Cell(sealed_column.table.name, sealed_column.name, row_id)
        try:
            fresh.append((row_id, old, encryption.seal(encryption.unseal(old, cell), cell)))
        except (MissingKeyError, InvalidTag):
            done.lost[name] += 1
    if not fresh:
        return
    raw = _raw(sealed_column)
    with transaction():
        for row_id, old, new in fresh:
            changed = db.session.execute(
                update(raw)
                .where(raw.c.id == row_id, raw.c[sealed_column.name] == old)
                .values({sealed_column.name: new})
            )
            done.rows[name] += changed.rowcount  # type: ignore[attr-defined]


def _steps(sealed_column: Column[Any], wanted: Any) -> Iterator[list[tuple[int, Any]]]:
    """Read a table some rows at a time, so that no statement takes long."""
    raw, last = _raw(sealed_column), 0
    while True:
        query = select(raw.c.id, wanted).where(raw.c.id > last).order_by(raw.c.id).limit(STEP)
        rows = [(row_id, value) for row_id, value in db.session.execute(query)]
        db.session.rollback()
        if not rows:
            return
        last = rows[-1][0]
        yield rows


@functools.cache
def _raw(sealed_column: Column[Any]) -> Any:
    """Return the table without our column types: its text as it is stored."""
    return table(sealed_column.table.name, column("id", Integer), column(sealed_column.name, Text))


@keys.command("status")
def status() -> None:
    """Say how many values each key seals; exit 1 when one is needed that is not in the ring."""
    raise SystemExit(_tell(count_sealed()))


@keys.command("reseal")
def reseal_everything() -> None:
    """Seal everything anew with the newest key; may be run beside the server, and run again.

    Exits 1 when something could not be opened.
    """
    done = reseal()
    click.echo(f"{sum(done.rows.values())} values were sealed anew.")
    for name, count in sorted(done.lost.items()):
        click.echo(f"{name}: {count} values open with no key of the ring; they were left alone.")
    has_sealed_audit = audit_seals.renew_seals()
    if not has_sealed_audit:
        click.echo("The audit log was touched since it was sealed: its seals stay as they are.")
    missing = _tell(count_sealed())
    raise SystemExit(1 if missing or done.lost or not has_sealed_audit else 0)


def _tell(counts: Counter[str]) -> int:
    """Print one line for each key, and say whether one is missing."""
    under, ring = Counter(counts), encryption.key_ids()
    for mark, count in audit_seals.count_seals().items():
        under[mark] += count
    for number, key_id in enumerate(ring):
        new, old = under.pop(f"v2.{key_id}", 0), under.pop(f"v1.{key_id}", 0)
        left = f"{new + old} values" + (f", {old} of them not bound to their row" if old else "")
        seals = under.pop(f"h1.{key_id}", 0)
        role = "newest key" if not number else "may be taken away" if not new + old + seals else ""
        click.echo(f"{key_id}: {left}, {seals} days of audit{f' — {role}' if role else ''}")
    unkeyed = under.pop(audit_seals.UNKEYED, 0)
    if unkeyed:
        click.echo(f"{unkeyed} days of audit are sealed without a key.")
    for line in filled("keys_status"):
        click.echo(line)
    for mark, count in sorted(under.items()):
        click.echo(f"{mark.partition('.')[2]}: {count} values — this key is NOT in the ring")
    return 1 if under else 0


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(keys)
