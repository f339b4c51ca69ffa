"""Half-open stretches of time, in whole minutes: what they share, what remains of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Interval(NamedTuple):
    """A half-open stretch of time, [start, end): what ends at ten does not meet what begins then.

    The unit is whatever the caller counts in; agendas count minutes since 1970 in UTC.
    """

    start: int
    end: int

    def overlaps(self, other: Interval) -> bool:
        """Say whether the two share at least one instant."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time between two instants (FHIR Period)."""

    starts_at: datetime
    ends_at: datetime


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Join what overlaps or touches; the result is sorted and nothing in it touches."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if interval.start >= interval.end:
            continue
        if merged and interval.start <= merged[-1].end:
            if interval.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, interval.end)
        else:
            merged.append(interval)
    return merged


def subtract(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """Return what remains of ``intervals`` outside ``taken``."""
    holes = merge(taken)
    return [rest for interval in merge(intervals) for rest in _without(interval, holes)]


def _without(interval: Interval, holes: list[Interval]) -> Iterator[Interval]:
    start = interval.start
    for hole in holes:
        if hole.end <= start:
            continue
        if hole.start >= interval.end:
            break
        if hole.start > start:
            yield Interval(start, hole.start)
        start = hole.end
    if start < interval.end:
        yield Interval(start, interval.end)
