"""The same request twice is one act: a key, its first answer, kept for a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, tokens
from core.database import Identified, Model, db
from core.errors import DomainError
from core.personal_data import After, Fate, declare
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


def once(user_id: int, purpose: str, key: str | None, request: str, act: Callable[[], int]) -> int:
    """Run ``act`` unless this key already did, and return the id that the first run returned.

    Part of the current operation: the key is kept exactly when the act is. Sent twice at once, the
    second waits for the first. Without a key the act simply runs.

    Raises:
        KeyReusedError: the key was used for another ``request``.
    """
    if not key:
        return act()
    queue_up(f"key/{user_id}/{purpose}/{key}")
    known = db.session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.user_id == user_id,
            IdempotencyKey.purpose == purpose,
            IdempotencyKey.key == tokens.hash_token(key),
        )
    )
    fingerprint = tokens.hash_token(request)
    if known is not None:
        if known.request_hash != fingerprint:
            raise KeyReusedError
        return known.result_id
    result_id = act()
    db.session.add(
        IdempotencyKey(
            user_id=user_id,
            purpose=purpose,
            key=tokens.hash_token(key),
            request_hash=fingerprint,
            result_id=result_id,
            at=clock.now(),
        )
    )
    return result_id
