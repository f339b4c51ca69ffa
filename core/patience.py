"""Waiting for a far side as long as its pulse is felt: its tries and its trickle, all together.

Libraries bound each try, or each read; what a person waits for is the whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

R = TypeVar("R")
AT_ONCE = 32


class Pulse:
    """When the far side was last heard of."""

    def __init__(self, *, idle: float, total: float) -> None:
        self.idle, self.total = idle, total
        self.began = self.last = time.monotonic()

    def beat(self, _bytes: int = 0) -> None:
        """It took or gave something just now."""
        self.last = time.monotonic()

    @property
    def left(self) -> float:
        """Return the seconds that one still waits."""
        return min(self.last + self.idle, self.began + self.total) - time.monotonic()


class Patience:
    """So many seconds without a sign, so many in all; what comes later counts no more."""

    def __init__(self, name: str, *, idle: float, total: float) -> None:
        self.idle, self.total = idle, total
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=name)

    def wait_for(self, job: Callable[[Pulse], R]) -> R:
        """Have ``job`` done; it makes the pulse beat whenever something moves.

        Raises:
            TimeoutError: the far side is silent, or takes too long in all.
        """
        pulse = Pulse(idle=self.idle, total=self.total)
        doing = self._threads.submit(job, pulse)
        while (left := pulse.left) > 0:
            try:
                return doing.result(left)
            except TimeoutError:
                if doing.done():  # the job's own
                    raise
        doing.cancel()
        raise TimeoutError
