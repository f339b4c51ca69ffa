"""Writing messages into the transaction of the fact that they follow from."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from core import clock, sealed_text
from core.database import db
from core.outbox.kinds import KINDS
from core.outbox.models import About, Lane, OutboxAbout, OutboxMessage, OutboxState
from core.sealed_text import RowText
from core.transaction import after_commit

bell = threading.Event()
"""Rung at each commit that wrote a message; another process's commits do not ring."""
MESSAGES = cast("Table", OutboxMessage.__table__)
_INSERT = {
    "sqlite": sqlite.insert(MESSAGES)
    .on_conflict_do_nothing(index_elements=["dedupe_key"])
    .returning(MESSAGES.c.id),
    "postgresql": postgresql.insert(MESSAGES)
    .on_conflict_do_nothing(index_elements=["dedupe_key"])
    .returning(MESSAGES.c.id),
}

_ABOUT = insert(cast("Table", OutboxAbout.__table__))


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message to be written."""

    kind: str
    payload: Mapping[str, Any]
    key: str | None = None
    """Written once for one key, whoever writes it, for as long as its row is kept."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    about: Sequence[About] = ()
    lane: Lane | None = None
    """Where its kind does not say it already."""


def enqueue(
    kind: str,
    payload: Mapping[str, Any],
    *,
    dedupe_key: str | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    about: Sequence[About] = (),
    lane: Lane | None = None,
) -> int | None:
    """Write one message into the current transaction; the commit wakes the worker.

    Returns its id, or nothing when one with the same ``dedupe_key`` was already written.
    """
    message = Message(
        kind=kind,
        payload=payload,
        key=dedupe_key,
        not_before=not_before,
        not_after=not_after,
        about=about,
        lane=lane,
    )
    return write([message])[0]


def write(messages: Sequence[Message]) -> list[int | None]:
    """Write many messages by one statement (one more draws their ids, one more is for abouts).

    Returns the id of each, or nothing for those whose key was already written.
    """
    if not messages:
        return []
    connection, now = db.session.connection(), clock.now()
    ids = list(sealed_text.next_ids(connection, MESSAGES, len(messages)))
    rows = [_row(message, row_id, now) for message, row_id in zip(messages, ids, strict=True)]
    written = set(connection.scalars(_INSERT[connection.dialect.name], rows))
    abouts = [
        {"message_id": row_id, "about_kind": about.kind, "about_id": about.id}
        for message, row_id in zip(messages, ids, strict=True)
        if row_id in written
        for about in dict.fromkeys(message.about)
    ]
    if abouts:
        connection.execute(_ABOUT, abouts)
    after_commit(bell.set)
    return [row_id if row_id in written else None for row_id in ids]


def _row(message: Message, row_id: int, now: datetime) -> dict[str, Any]:
    kind = KINDS.get(message.kind)
    due = message.not_before or now
    return {
        "id": row_id,
        "kind": message.kind,
        "lane": message.lane or (kind.lane if kind else Lane.ORDINARY),
        "dedupe_key": message.key,
        "payload": RowText(json.dumps(dict(message.payload)), row_id),
        "state": OutboxState.QUEUED,
        "created_at": now,
        "due_at": due,
        "not_before": due,
        "not_after": message.not_after,
        "attempts": 0,
    }


def forget_queued(dedupe_key: str) -> None:
    """Withdraw a message that has not left yet; part of the current transaction."""
    now = clock.now()
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.dedupe_key == dedupe_key, OutboxMessage.state == OutboxState.QUEUED)
        .values(state=OutboxState.EXPIRED, payload=None, done_at=now, told_at=now)
    )
