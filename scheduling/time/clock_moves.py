"""What becomes of hours when the clock of a place becomes another: the same hour, the same week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.time.openings import DAY, WeeklyRange

_WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Stretch:
    """Somebody's time, by the row that keeps it."""

    id: int
    owner_id: int
    start: datetime
    end: datetime


def same_hour(instant: datetime, before: str, after: str) -> datetime | None:
    """Return when the new clock shows what the old one showed; None where it skips that hour."""
    shown = instant.astimezone(ZoneInfo(before))
    there = shown.replace(tzinfo=ZoneInfo(after)).astimezone(UTC)
    back = there.astimezone(ZoneInfo(after))
    return there if back.replace(tzinfo=None) == shown.replace(tzinfo=None) else None


def nearest_hour(instant: datetime, before: str, after: str) -> datetime:
    """Return the same hour; where the new clock skips it, as much later as it skips."""
    shown = instant.astimezone(ZoneInfo(before))
    return shown.replace(tzinfo=ZoneInfo(after)).astimezone(UTC)


def difference(now: datetime, before: str, after: str) -> int:
    """Return by how many minutes the new clock is ahead of the old one."""
    ahead, was = (now.astimezone(ZoneInfo(zone)).utcoffset() for zone in (after, before))
    return int(((ahead or timedelta()) - (was or timedelta())).total_seconds()) // 60


def differences(now: datetime, before: str, after: str) -> set[int]:
    """Return all the differences of the years to come: one, where both clocks change together."""
    return {difference(now + timedelta(weeks=week), before, after) for week in range(3 * 52)}


def shift_week(weekly_range: WeeklyRange, minutes: int) -> list[WeeklyRange]:
    """Return what the new clock shows of a weekly range; cut in two at its midnight."""
    start = weekly_range.weekday * DAY + weekly_range.start + minutes
    end = start + weekly_range.end - weekly_range.start
    parts = []
    while start < end:
        until = min(end, (start // DAY + 1) * DAY)
        days = timedelta(days=start // DAY - weekly_range.weekday)
        parts.append(
            replace(
                weekly_range,
                weekday=start % _WEEK // DAY,
                start=start % DAY,
                end=(until - 1) % DAY + 1,
                first=_moved(weekly_range.first, days),
                last=_moved(weekly_range.last, days),
            )
        )
        start = until
    return parts


def _moved(day: date | None, days: timedelta) -> date | None:
    return None if day is None else day + days


def first_overlap(moved: Iterable[Stretch], standing: Iterable[Stretch]) -> Stretch | None:
    """Return the first of the moved ones that lies upon another of the same person, or stands so.

    What stands may overlap itself: it is not ours to judge.
    """
    ours = {stretch.id for stretch in moved}
    ends: dict[int, tuple[datetime, bool]] = {}
    for stretch in sorted((*moved, *standing), key=lambda stretch: (stretch.start, stretch.id)):
        until, is_ours = ends.get(stretch.owner_id, (stretch.start, False))
        if stretch.start < until and (is_ours or stretch.id in ours):
            return stretch
        if stretch.end > until or stretch.owner_id not in ends:
            ends[stretch.owner_id] = (stretch.end, stretch.id in ours)
    return None


def in_safe_order(moves: Iterable[tuple[Stretch, datetime]]) -> list[tuple[Stretch, datetime]]:
    """Order moves so that none lands, on its way, on the place that a neighbour has not left yet.

    What goes later leaves from the end, what goes earlier from the beginning; what stays is last.
    """
    listed = list(moves)
    later = sorted((m for m in listed if m[1] > m[0].start), key=lambda m: m[0].start, reverse=True)
    earlier = sorted((m for m in listed if m[1] < m[0].start), key=lambda m: m[0].start)
    return [*later, *earlier, *(m for m in listed if m[1] == m[0].start)]
