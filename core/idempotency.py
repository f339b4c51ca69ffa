"""The same request twice is one act: a key, its first answer, kept for a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, tokens
from core.database import Identified, Model
from core.errors import DomainError
from core.personal_data import After, Fate, declare
from core.statements import ME, rows
from core.transaction import queue_up


class KeyReusedError(DomainError):
    """The same key came with another request."""

    code = "key_reused"
    message = _l("This form was already sent with other answers. Please start again.")


class IdempotencyKey(Identified, Model):
    """What a person's key has already brought about."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("user_id", "purpose", "key"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(64))
    request_hash: Mapped[str] = mapped_column(String(64))
    result_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(index=True)


declare(
    IdempotencyKey,
    Fate.ERASE,
    After(IdempotencyKey.at, "retention.request_hours"),
)


class Earlier(NamedTuple):
    """What a key has brought about before; nothing, twice, when it is new."""

    request_hash: str | None
    result_id: int | None


_KEPT = (
    IdempotencyKey.user_id == ME,
    IdempotencyKey.purpose == bindparam("purpose"),
    IdempotencyKey.key == bindparam("key_hash"),
)
EARLIER: tuple[ColumnElement[Any], ...] = tuple(
    select(column).where(*_KEPT).scalar_subquery()
    for column in (IdempotencyKey.request_hash, IdempotencyKey.result_id)
)
"""The columns of ``Earlier``, for a reading under a lock that all acts of ``ME`` wait for."""
_EARLIER = select(*EARLIER)
_KEEP = insert(IdempotencyKey)


def key_values(purpose: str, key: str | None) -> dict[str, str]:
    """Return what ``EARLIER`` is asked with, beside ``ME``."""
    return {"purpose": purpose, "key_hash": tokens.hash_token(key or "")}


def once(
    user_id: int,
    purpose: str,
    key: str | None,
    request: str,
    act: Callable[[], int],
    *,
    earlier: Earlier | None = None,
) -> int:
    """Run ``act`` unless this key already did, and return the id that the first run returned.

    Part of the current operation: the key is kept exactly when the act is. Sent twice at once, the
    second waits for the first. Without a key the act simply runs. ``earlier``: read already, under
    a lock that the same person's other acts wait for.

    Raises:
        KeyReusedError: the key was used for another ``request``.
    """
    if not key:
        return act()
    values = key_values(purpose, key)
    if earlier is None:
        queue_up(f"key/{user_id}/{purpose}/{key}")
        earlier = Earlier._make(rows(_EARLIER, me=user_id, **values).one())
    fingerprint = tokens.hash_token(request)
    if earlier.result_id is not None:
        if earlier.request_hash != fingerprint:
            raise KeyReusedError
        return earlier.result_id
    result_id = act()
    rows(
        _KEEP,
        user_id=user_id,
        purpose=purpose,
        key=values["key_hash"],
        request_hash=fingerprint,
        result_id=result_id,
        at=clock.now(),
    )
    return result_id
