"""Brakes that survive restarts, roll-backs and several processes: they live in the database."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Integer,
    Select,
    String,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, tokens
from core.database import Identified, Model, db
from core.errors import TooManyCodesError, TooManyRequestsError
from core.personal_data import After, Fate, declare
from core.statements import rows
from core.transaction import queue_up, transaction
from core.transaction_state import is_writing

FORGOTTEN = timedelta(days=1)
"""How long a ``Backoff`` remembers: by then the longest wait was reached many times over."""


@dataclass(frozen=True)
class RateLimit:
    """At most ``count`` acts in any window of ``window``."""

    name: str
    count: int
    window: timedelta

    @property
    def memory(self) -> timedelta:
        """Return how long an act counts."""
        return self.window

    def opens_at(self, acts: list[datetime]) -> datetime | None:
        """Return when there is room again after these acts of one window, oldest first."""
        return acts[-self.count] + self.window if len(acts) >= self.count else None

    def widened(self, times: int) -> RateLimit:
        """Allow so many times as much."""
        return replace(self, count=self.count * times)


@dataclass(frozen=True)
class Backoff:
    """After ``free`` acts close together, each further one waits twice as long as the last.

    Acts are close while less than ``window`` passes between them, waits not counted.
    """

    name: str
    free: int
    window: timedelta
    first: timedelta
    longest: timedelta

    @property
    def memory(self) -> timedelta:
        """Return how long an act counts."""
        return FORGOTTEN

    def opens_at(self, acts: list[datetime]) -> datetime | None:
        """Return the end of the wait after these acts, oldest first."""
        streak, wait, last = 0, timedelta(), None
        for at in acts:
            if last is not None and at - last > self.window + wait:
                streak = 0
            streak += 1
            doublings = min(streak - self.free, 16)  # beyond this ``longest`` rules anyway
            wait = min(self.first * 2**doublings, self.longest) if doublings >= 0 else timedelta()
            last = at
        return last + wait if last is not None and wait else None

    def widened(self, times: int) -> Backoff:
        """Allow so many times as much."""
        return replace(self, free=self.free * times)


class RateLimitHit(Identified, Model):
    """One counted act. ``key`` is hashed: the table names no address and no account."""

    __tablename__ = "rate_limit_hits"

    limit_name: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    weight: Mapped[int] = mapped_column(Integer, default=1)


declare(RateLimitHit, Fate.ERASE, After(RateLimitHit.at, "retention.counter_days"))


@dataclass(frozen=True)
class _Lane:
    """One key under which an act is counted, with what that key allows."""

    limit: RateLimit | Backoff
    key: str

    @property
    def hashed(self) -> str:
        return _key(self.limit, self.key)


WIDER = ((48, 16), (56, 4), (64, 1))
"""What one subscriber may own of IPv6, and how much more the wider ones are allowed: whoever has a
/48 has 65,536 networks of the ordinary width."""


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


def count(limit: RateLimit, key: str) -> int:
    """Return how many acts are counted in the window that ends now."""
    counted = select(func.count()).where(
        RateLimitHit.key == _key(limit, key), RateLimitHit.at > clock.now() - limit.window
    )
    return db.session.scalar(counted) or 0


Act = tuple[_Lane, ...]
"""One thing that was tried, under each key that it counts for."""


def act(limit: RateLimit | Backoff, key: str) -> Act:
    """Name an act of one key."""
    return (_Lane(limit, key),)


def act_of_network(limit: RateLimit | Backoff, network: str, *, beside: str = "") -> Act:
    """Name an act of a network, and of the wider ones around it when it is of IPv6."""
    return tuple(_lanes(limit, network, beside))


def hit(limit: RateLimit | Backoff, key: str) -> None:
    """Count one act before its outcome is known, in a transaction of its own, outside operations.

    Counting first is what makes a hundred tries at once as slow as a hundred in a row; ``clear``
    it when it was the right person's. What is counted by network goes through ``hit_network``.

    Raises:
        TooManyRequestsError: the limit was already reached; the refused act is not counted again.
    """
    hit_in_turn(act(limit, key))


def hit_network(limit: RateLimit, network: str) -> None:
    """Count one act of a network, and of the wider ones around it when it is of IPv6.

    Raises:
        TooManyRequestsError: one of them did enough; the refused act is counted under none.
    """
    hit_in_turn(act_of_network(limit, network))


def hit_in_turn(*acts: Act) -> None:
    """Count acts one after the other in one transaction, of its own, until one is refused.

    Raises:
        TooManyRequestsError: of the first that is refused; those before it are counted.
    """
    if is_writing():
        msg = "a counted act must survive the roll-back of what it belongs to"
        raise RuntimeError(msg)
    with transaction():
        refusal = count_in_turn(*acts)
    if refusal is not None:
        raise refusal


def count_in_turn(*acts: Act) -> TooManyRequestsError | None:
    """Do the same as part of a transaction that commits whatever comes of it.

    A refusal is returned: raised inside, it would take back what was counted before it.
    """
    queue_up(*(f"brake/{lane.hashed}" for act in acts for lane in act))
    now = clock.now()
    known = _acts_of(acts, now)
    counted: list[_Lane] = []
    refusal = None
    for act in acts:
        ends = (lane.limit.opens_at(known[lane.hashed]) for lane in act)
        opens_at = next((end for end in ends if end is not None and now < end), None)
        if opens_at is not None:
            refusal = TooManyRequestsError(_seconds(opens_at))
            break
        counted += act
    if counted:
        names = [(lane.limit.name, lane.hashed) for lane in counted]
        rows(_COUNT, [{"limit_name": name, "key": key, "at": now} for name, key in names])
    return refusal


def forget(*acts: Act) -> None:
    """Forget what was counted under the keys of these: the right person came through.

    An operation that locks rows before it forgets begins with ``stand_by``.
    """
    with transaction():
        rows(_FORGET, keys=[lane.hashed for act in acts for lane in act])


def stand_by(*acts: Act) -> None:
    """Wait until nobody counts under these keys: whoever counts may lock the account after them."""
    queue_up(*(f"brake/{lane.hashed}" for act in acts for lane in act))


@contextmanager
def asking_for_codes() -> Iterator[None]:
    """Say of a brake reached here that codes were asked for, not that something was tried.

    Raises:
        TooManyCodesError: with the same wait.
    """
    try:
        yield
    except TooManyRequestsError as error:
        raise TooManyCodesError(error.retry_after) from None


def clear(limit: RateLimit | Backoff, key: str) -> None:
    """Forget what was counted: the right person came through."""
    forget(act(limit, key))


def _lanes(limit: RateLimit | Backoff, network: str, beside: str = "") -> list[_Lane]:
    """Return the network as ``network_of`` names it, after the wider ones that hold it."""
    prefix = f"{beside}\x00" if beside else ""
    try:
        known = ipaddress.ip_network(network)
    except ValueError:  # « unknown », or what a test calls one
        return [_Lane(limit, prefix + network)]
    if not isinstance(known, ipaddress.IPv6Network):
        return [_Lane(limit, prefix + network)]
    return [
        _Lane(limit.widened(times), f"{prefix}{known.supernet(new_prefix=bits)}")
        for bits, times in WIDER
        if bits <= known.prefixlen
    ]


_KEYS: BindParameter[list[str]] = bindparam("keys", expanding=True)


def _acts_under(count: int) -> Select[str, datetime]:
    """Choose the acts of so many keys, each since an instant of its own."""
    lanes = (
        (RateLimitHit.key == bindparam(f"key{place}"))
        & (RateLimitHit.at > bindparam(f"since{place}"))
        for place in range(count)
    )
    acts = select(RateLimitHit.key, RateLimitHit.at).order_by(RateLimitHit.at)
    return acts.where(or_(false(), *lanes))


MOST_LANES = 16
"""An act has three at most, and nobody tries five things at once."""
_ACTS = [_acts_under(count) for count in range(MOST_LANES + 1)]
_COUNT = insert(RateLimitHit.__table__)  # type: ignore[arg-type]
_FORGET = delete(RateLimitHit).where(RateLimitHit.key.in_(_KEYS))


def _acts_of(acts: tuple[Act, ...], now: datetime) -> dict[str, list[datetime]]:
    """Map keys to their acts that count still, oldest first, in one statement."""
    begins = {lane.hashed: now - lane.limit.memory for act in acts for lane in act}
    values: dict[str, Any] = {}
    for place, (key, since) in enumerate(begins.items()):
        values |= {f"key{place}": key, f"since{place}": since}
    known: dict[str, list[datetime]] = {key: [] for key in begins}
    count = len(begins)
    for row in rows(_ACTS[count], **values):
        known[row.key].append(row.at)
    return known


def _key(limit: RateLimit | Backoff, key: str) -> str:
    return tokens.hash_token(f"{limit.name}\x00{key}")


def _seconds(opens_at: datetime) -> int:
    return max(1, int((opens_at - clock.now()).total_seconds()) + 1)
