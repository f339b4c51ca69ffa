"""Whose turn it is: a line in which the quick go before the long, and nobody stands twice."""

from __future__ import annotations

import contextlib
import heapq
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from flask_babel import lazy_gettext as _l

from core.errors import UnavailableError


class BusyError(UnavailableError):
    """Too many ask for the same effort in this instant; nothing was tried or counted."""

    code = "busy"
    message = _l(
        "Many people are asking for this right now, and your turn did not come. "
        "Nothing was lost: please try again in a few seconds."
    )


class Rank(IntEnum):
    """Who goes first when several wait."""

    FIRST = 0
    """A person stands at the door."""
    LATER = 1
    """Work of many steps: between two of them everybody else has passed."""


@dataclass(order=True)
class _Waiter:
    rank: Rank
    number: int
    called: threading.Event = field(default_factory=threading.Event, compare=False)
    has_left: bool = field(default=False, compare=False)


class Turns:
    """So many at once; the others wait in the order of their rank, for a while."""

    def __init__(self, places: int, *, patience: float, most_waiting: int) -> None:
        self.patience, self.most_waiting = patience, most_waiting
        self._free = places
        self._line: list[_Waiter] = []
        self.waiting = self._arrived = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def taken(self, rank: Rank = Rank.FIRST, *, patience: float | None = None) -> Iterator[None]:
        """Wait for one's turn, and hold it.

        Raises:
            BusyError: too many wait, or it took too long.
        """
        waiter = self._enter(rank)
        if waiter is not None and not waiter.called.wait(
            self.patience if patience is None else max(0.0, patience)
        ):
            self._leave_line(waiter)
        try:
            yield
        finally:
            with self._lock:
                self._free += 1
                self._call_next()

    def _enter(self, rank: Rank) -> _Waiter | None:
        """Take a free place at once, else stand in the line."""
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            if self.waiting >= self._most_waiting_for(rank):
                raise BusyError
            self._arrived += 1
            self.waiting += 1
            waiter = _Waiter(rank, self._arrived)
            heapq.heappush(self._line, waiter)
            return waiter

    def _most_waiting_for(self, rank: Rank) -> int:
        """Keep half of the line for the quick: the long, however many, cannot turn them away."""
        return self.most_waiting if rank is Rank.FIRST else self.most_waiting // 2

    def _leave_line(self, waiter: _Waiter) -> None:
        """Give up, unless one was called in this very instant."""
        with self._lock:
            if waiter.called.is_set():
                return
            waiter.has_left = True
            self.waiting -= 1
        raise BusyError

    def _call_next(self) -> None:
        while self._free and self._line:
            waiter = heapq.heappop(self._line)
            if waiter.has_left:
                continue
            self.waiting -= 1
            self._free -= 1
            waiter.called.set()


class OneEach:
    """For each name one at a time; a few more may wait, so that a second press finds its turn."""

    def __init__(self, *, patience: float, most_of_one: int) -> None:
        self.patience, self.most_of_one = patience, most_of_one
        self._present: Counter[str] = Counter()
        self._turn: dict[str, Turns] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def taken(self, name: str, *, patience: float | None = None) -> Iterator[None]:
        """Wait until nobody of this name is inside, and go in.

        Raises:
            BusyError: several of this name wait already, or it took too long.
        """
        with self._lock:
            if self._present[name] >= self.most_of_one:
                raise BusyError
            self._present[name] += 1
            turn = self._turn.setdefault(
                name, Turns(1, patience=self.patience, most_waiting=self.most_of_one)
            )
        try:
            with turn.taken(patience=patience):
                yield
        finally:
            with self._lock:
                self._present[name] -= 1
                if not self._present[name]:
                    del self._present[name], self._turn[name]

    def count(self, name: str) -> int:
        """Return how many of this name are inside or wait."""
        return self._present[name]

    @contextlib.contextmanager
    def all_taken(self, names: tuple[str, ...]) -> Iterator[None]:
        """Go in under several names, always in the same order: two never wait for each other.

        Raises:
            BusyError: as ``taken``.
        """
        with contextlib.ExitStack() as held:
            for name in sorted(set(names)):
                held.enter_context(self.taken(name))
            yield
