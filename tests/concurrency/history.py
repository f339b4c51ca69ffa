"""Judging what many bookers were told against what the database kept: a pure function.

A history is what each attempt was told; the kept rows are what is left at the end. It holds when
nobody was told yes without a row, no row stands without a yes, no two rows of one caregiver
overlap, and every no had a reason: an hour that somebody else got.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Attempt:
    """One person's try, and what they were told: ``yes``, or the code of the refusal."""

    person: int
    caregiver: int
    start: datetime
    end: datetime
    told: str


@dataclass(frozen=True)
class Kept:
    """One live appointment in the database at the end."""

    person: int
    caregiver: int
    start: datetime
    end: datetime


def faults(attempts: Iterable[Attempt], kept: Iterable[Kept]) -> list[str]:
    """Say everything that does not hold; nothing when the history is one that may happen."""
    attempts, kept = list(attempts), list(kept)
    found = []
    for index, one in enumerate(kept):
        found += [
            f"overlap: {one} and {other}" for other in kept[index + 1 :] if _overlap(one, other)
        ]
    promised = sorted(_key(one) for one in attempts if one.told == "yes")
    written = sorted(_key(one) for one in kept)
    found += [f"promised, not kept: {key}" for key in _minus(promised, written)]
    found += [f"kept, not promised: {key}" for key in _minus(written, promised)]
    winners = [one for one in attempts if one.told == "yes"]
    for attempt in attempts:
        if attempt.told == "slot_taken" and not any(_overlap(attempt, one) for one in winners):
            found.append(f"refused for no reason: {attempt}")
        if attempt.told not in {"yes", "slot_taken"}:
            found.append(f"neither yes nor no: {attempt}")
    return found


def _overlap(one: Attempt | Kept, other: Attempt | Kept) -> bool:
    same = one.caregiver == other.caregiver
    return same and one.start < other.end and other.start < one.end


def _key(one: Attempt | Kept) -> tuple[int, int, datetime, datetime]:
    return (one.person, one.caregiver, one.start, one.end)


def _minus(left: list[Any], right: list[Any]) -> list[Any]:
    rest = list(right)
    missing = []
    for key in left:
        if key in rest:
            rest.remove(key)
        else:
            missing.append(key)
    return missing
