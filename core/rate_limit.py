"""Brakes that survive restarts, roll-backs and several processes: they live in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, tokens
from core.database import Identified, Model, db
from core.errors import TooManyRequestsError
from core.transaction import transaction
from core.transaction_state import is_writing


@dataclass(frozen=True)
class RateLimit:
    """At most ``count`` acts in any window of ``window``."""

    name: str
    count: int
    window: timedelta


class RateLimitHit(Identified, Model):
    """One counted act. ``key`` is hashed: the table names no address and no account."""

    __tablename__ = "rate_limit_hits"

    limit_name: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime]
    weight: Mapped[int] = mapped_column(Integer, default=1)


def check(limit: RateLimit, key: str) -> None:
    """Read only: refuse when the limit is reached.

    Raises:
        TooManyRequestsError: with the seconds until the oldest counted act leaves the window.
    """
    since = clock.now() - limit.window
    hits = db.session.scalars(
        select(RateLimitHit.at)
        .where(RateLimitHit.key == _key(limit, key), RateLimitHit.at > since)
        .order_by(RateLimitHit.at.desc())
        .limit(limit.count)
    ).all()
    if len(hits) >= limit.count:
        raise TooManyRequestsError(_seconds(hits[-1] + limit.window))


def hit(limit: RateLimit, key: str) -> None:
    """Count one act, in a transaction of its own; call it outside operations.

    Raises:
        TooManyRequestsError: the limit was already reached; the refused act is not counted again.
    """
    if is_writing():
        msg = "a counted act must survive the roll-back of what it belongs to"
        raise RuntimeError(msg)
    with transaction():
        check(limit, key)
        now = clock.now()
        db.session.execute(
            delete(RateLimitHit).where(
                RateLimitHit.key == _key(limit, key), RateLimitHit.at <= now - limit.window
            )
        )
        db.session.add(RateLimitHit(limit_name=limit.name, key=_key(limit, key), at=now))


def clear(limit: RateLimit, key: str) -> None:
    """Forget what was counted: the right person came through."""
    with transaction():
        db.session.execute(delete(RateLimitHit).where(RateLimitHit.key == _key(limit, key)))


def _key(limit: RateLimit, key: str) -> str:
    return tokens.hash_token(f"{limit.name}\x00{key}")


def _seconds(opens_at: datetime) -> int:
    return max(1, int((opens_at - clock.now()).total_seconds()) + 1)
