"""Finding free hours, and what stands against one that is not."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cached_property

from core import clock
from scheduling.agendas.queries.bookable import BookableService
from scheduling.appointments.queries.taken import list_diaries
from scheduling.time.slots import Diary, Window, bookable, broken_rules
from scheduling.time.vocabulary import Violation

NEAR = timedelta(weeks=3)
"""How far one looks first for a free hour: the rest only where that finds none."""


def list_free_slots(
    service: BookableService,
    window: Window,
    *,
    but: Collection[int] = (),
) -> list[datetime]:
    """Return the beginnings of the free slots of ``window`` that can be booked now.

    The time of the appointments ``but`` is free: what one holds oneself is given up for another
    hour, and so is the former hour of what is moved.
    """
    narrowed = _narrow(window, service.window(clock.now()))
    if narrowed is None:
        return []
    end = narrowed.latest + timedelta(minutes=service.duration)
    diary = list_diaries([service.caregiver_id], narrowed.earliest, end, but=but)
    return bookable(service.rules, narrowed, diary[service.caregiver_id])


def nearest_slots(
    service: BookableService,
    around: datetime,
    *,
    count: int = 3,
    but: Collection[int] = (),
) -> list[datetime]:
    """Return the free slots nearest to an hour that is gone, in order of time."""
    week = timedelta(days=7)
    free = list_free_slots(service, Window(around - week, around + 2 * week), but=but)
    if len(free) < count:
        free = list_free_slots(service, service.window(clock.now()), but=but)
    return sorted(sorted(free, key=lambda slot: (abs(slot - around), slot))[:count])


class FreeHours:
    """The free hours of one service, its caregiver's diary read for a while at once."""

    def __init__(
        self,
        service: BookableService,
        ahead: timedelta = NEAR,
        *,
        but: Collection[int] = (),
        not_at: datetime | None = None,
    ) -> None:
        """Read what stands in the way for a time ``ahead``; ``but`` as in ``list_free_slots``.

        ``not_at``: the hour that what is moved has already.
        """
        self._service, self._but, self._not_at = service, but, not_at
        self._allowed = service.window(clock.now())
        self._read = self._allowed.earliest, self._allowed.earliest + ahead
        self._diary = self._diary_of(*self._read)

    def first(self) -> datetime | None:
        """Return the first free hour; what was read is looked through before the rest."""
        if self._near:
            return self._near[0]
        rest = _narrow(Window(self._read[1], self._allowed.latest), self._allowed)
        # The hour of what is moved may come first, and is not counted.
        return next(iter(self._read_anew(rest, most=2)), None) if rest is not None else None

    def between(self, start: datetime, end: datetime) -> list[datetime]:
        """Return the free hours from ``start`` to ``end``, both included."""
        window = _narrow(Window(start, end), self._allowed)
        if window is None:
            return []
        if window.earliest < self._read[0] or window.latest > self._read[1]:
            return self._read_anew(window)
        first = bisect_left(self._near, window.earliest)
        return self._near[first : bisect_right(self._near, window.latest)]

    @cached_property
    def _near(self) -> list[datetime]:
        """The free hours of the time that was read."""
        window = _narrow(Window(*self._read), self._allowed)
        return self._free(window, self._diary) if window is not None else []

    def _read_anew(self, window: Window, most: int | None = None) -> list[datetime]:
        return self._free(window, self._diary_of(window.earliest, window.latest), most)

    def _free(self, window: Window, diary: Diary, most: int | None = None) -> list[datetime]:
        free = bookable(self._service.rules, window, diary, most=most)
        return [slot for slot in free if slot != self._not_at]

    def _diary_of(self, start: datetime, end: datetime) -> Diary:
        caregiver_id = self._service.caregiver_id
        until = end + timedelta(minutes=self._service.duration)
        return list_diaries([caregiver_id], start, until, but=self._but)[caregiver_id]


def list_violations(
    service: BookableService,
    starts_at: datetime,
    *,
    is_on_grid: bool = True,
    but: Collection[int] = (),
) -> list[Violation]:
    """Return every rule that stands against an hour; none exactly where it is a free slot.

    To be asked again under the agenda's lock by who is about to take the hour. ``is_on_grid``:
    whether it must begin with a slot, as for patients.
    """
    end = starts_at + timedelta(minutes=service.duration)
    diary = list_diaries([service.caregiver_id], starts_at, end, but=but)[service.caregiver_id]
    window = service.window(clock.now())
    return broken_rules(service.rules, window, diary, starts_at, is_on_grid=is_on_grid)


def _narrow(window: Window, allowed: Window) -> Window | None:
    earliest = max(window.earliest, allowed.earliest)
    latest = min(window.latest, allowed.latest)
    return Window(earliest, latest) if earliest <= latest else None
