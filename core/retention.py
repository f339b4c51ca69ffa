"""Once an hour: what has reached its term is deleted, table by table, a few rows at once.

What is deleted when, each table declares (``core.personal_data``).
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app
from sqlalchemy import delete, select

from core import clock, outbox
from core.database import db
from core.personal_data import DECLARATIONS, ERASERS, After, Declaration, kept_since
from core.transaction import transaction

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger(__name__)

KIND = "apply_retention"
EVERY = timedelta(hours=1)
BATCH = 500
"""Rows in one transaction: others write between two of them."""
AT_ONCE = 20.0
"""Seconds of one turn, well within the lease of its row; what is left goes on in another row."""


def apply(_message_id: int, _payload: dict[str, Any]) -> None:
    """Answer the outbox: delete what has reached its term."""
    give_up_at = time.monotonic() + AT_ONCE
    deleted: Counter[str] = Counter()
    is_done = True
    for declaration in list(DECLARATIONS.values()):
        for term in declaration.terms:
            is_done = _apply_term(declaration, term, give_up_at, deleted) and is_done
    if deleted:
        log.info("retention_applied", **deleted)
    if not is_done:
        with transaction():
            outbox.enqueue(KIND, {})


def _apply_term(
    declaration: Declaration, term: After, give_up_at: float, deleted: Counter[str]
) -> bool:
    """Delete batch after batch; say whether nothing is left."""
    before = kept_since(current_app.config["ALVEOLE"], term.setting, clock.now())
    while True:
        if time.monotonic() > give_up_at:
            return False
        count = _delete_batch(declaration, term, before)
        if not count:
            return True
        deleted[declaration.table.name] += count


def _delete_batch(declaration: Declaration, term: After, before: datetime) -> int:
    """Look without writing, so that nothing is locked where nothing is to be done."""
    name = declaration.table.name
    if name in ERASERS:
        return ERASERS[name](before, BATCH)
    [key] = declaration.table.primary_key
    due = select(key).where(term.since < before, *term.only).order_by(key).limit(BATCH)
    ids = list(db.session.scalars(due))
    db.session.rollback()
    if not ids:
        return 0
    with transaction():
        # Judged again: a row may have come back to life since it was looked at.
        db.session.execute(
            delete(declaration.table).where(key.in_(ids), term.since < before, *term.only)
        )
    return len(ids)


def init_app(_app: Flask) -> None:
    """Have it done by the worker."""
    outbox.register_handler(KIND, apply)
    outbox.register_regular(KIND, EVERY)
