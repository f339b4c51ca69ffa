"""How many may do something at once, who waits for it, and who is turned away."""

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


class Priority(IntEnum):
    """Who goes first when several wait."""

    FIRST = 0
    """A person stands at the door."""
    LATER = 1
    """Work of many steps: between two of them everybody else has passed."""


@dataclass(order=True)
class _Waiter:
    priority: Priority
    number: int
    called: threading.Event = field(default_factory=threading.Event, compare=False)
    has_left: bool = field(default=False, compare=False)


class PrioritySemaphore:
    """A semaphore whose waiters go by priority, and give up after a while (seconds)."""

    def __init__(self, permits: int, *, patience: float, most_waiting: int) -> None:
        self.patience, self.most_waiting = patience, most_waiting
        self._free = permits
        self._queue: list[_Waiter] = []
        self.waiting = self._arrived = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def acquired(
        self, priority: Priority = Priority.FIRST, *, patience: float | None = None
    ) -> Iterator[None]:
        """Acquire a permit, and release it afterwards.

        Raises:
            BusyError: too many wait, or it took too long.
        """
        waiter = self._enter(priority)
        if waiter is not None and not waiter.called.wait(
            self.patience if patience is None else max(0.0, patience)
        ):
            self._leave_queue(waiter)
        try:
            yield
        finally:
            with self._lock:
                self._free += 1
                self._call_next()

    def _enter(self, priority: Priority) -> _Waiter | None:
        """Take a free permit at once, else join the queue."""
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            if self.waiting >= self._most_waiting_for(priority):
                raise BusyError
            self._arrived += 1
            self.waiting += 1
            waiter = _Waiter(priority, self._arrived)
            heapq.heappush(self._queue, waiter)
            return waiter

    def _most_waiting_for(self, priority: Priority) -> int:
        """Keep half of the queue for the quick: the long, however many, cannot turn them away."""
        return self.most_waiting if priority is Priority.FIRST else self.most_waiting // 2

    def _leave_queue(self, waiter: _Waiter) -> None:
        """Give up, unless one was called in this very instant."""
        with self._lock:
            if waiter.called.is_set():
                return
            waiter.has_left = True
            self.waiting -= 1
        raise BusyError

    def _call_next(self) -> None:
        while self._free and self._queue:
            waiter = heapq.heappop(self._queue)
            if waiter.has_left:
                continue
            self.waiting -= 1
            self._free -= 1
            waiter.called.set()


class KeyedSemaphore:
    """One at a time for each key; a few more may wait, so that a second press is not refused."""

    def __init__(self, *, patience: float, most_of_one: int) -> None:
        self.patience, self.most_of_one = patience, most_of_one
        self._present: Counter[str] = Counter()
        self._turn: dict[str, PrioritySemaphore] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def acquired(self, name: str, *, patience: float | None = None) -> Iterator[None]:
        """Acquire the only permit of a key, and release it afterwards.

        Raises:
            BusyError: several wait for this key already, or it took too long.
        """
        with self._lock:
            if self._present[name] >= self.most_of_one:
                raise BusyError
            self._present[name] += 1
            turn = self._turn.setdefault(
                name, PrioritySemaphore(1, patience=self.patience, most_waiting=self.most_of_one)
            )
        try:
            with turn.acquired(patience=patience):
                yield
        finally:
            with self._lock:
                self._present[name] -= 1
                if not self._present[name]:
                    del self._present[name], self._turn[name]

    def count(self, name: str) -> int:
        """Return how many hold this key or wait for it."""
        return self._present[name]

    @contextlib.contextmanager
    def all_acquired(self, names: tuple[str, ...]) -> Iterator[None]:
        """Acquire several keys, always in the same order: two callers never wait for each other.

        Raises:
            BusyError: as ``acquired``.
        """
        with contextlib.ExitStack() as held:
            for name in sorted(set(names)):
                held.enter_context(self.acquired(name))
            yield
