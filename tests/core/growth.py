"""How the cost of reading a text grows with it: measured in the time of this very thread."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

LOOPS = 400_000
TWICE_AND_A_HALF = 2.5
"""Each doubling may cost so much; what grows with the square costs four times as much."""
TOO_QUICK = 0.012
"""Seconds below which nothing can be said of growth, and nobody waits."""
MOST = 40
"""Loops that the longest text may cost: a second or two on a small machine."""


def loop() -> float:
    """Return the seconds of this thread that a known piece of work takes here and now."""
    begun = time.thread_time()
    total = 0
    for number in range(LOOPS):
        total += number
    return time.thread_time() - begun


def cost(read: Callable[[], object]) -> float:
    """Return the seconds of this thread that reading takes; what it refuses, it has read."""
    begun = time.thread_time()
    with contextlib.suppress(Exception):  # refusals of every kind: what counts is the time
        read()
    return time.thread_time() - begun


@dataclass
class Growth:
    """What a text cost, and what a quarter of it cost."""

    quarter: float
    whole: float

    def fault(self, calibration: float) -> str | None:
        """Say what is wrong, if anything is."""
        if self.whole > MOST * calibration:
            return f"takes {self.whole:.2f} s, {self.whole / calibration:.0f} loops"
        if self.whole > TOO_QUICK and self.whole > self.quarter * TWICE_AND_A_HALF**2:
            return f"four times as much takes {self.whole / self.quarter:.1f} times as long"
        return None


def measure(read: Callable[[int], object], size: int, calibration: float) -> Growth:
    """Read ``size`` signs and a quarter of them; the best of several tries is the true one.

    One try is enough where it is quick, or grows as it should.
    """
    found = Growth(cost(lambda: read(size // 4)), cost(lambda: read(size)))
    for _ in range(3):
        if found.fault(calibration) is None:
            break
        found.quarter = min(found.quarter, cost(lambda: read(size // 4)))
        found.whole = min(found.whole, cost(lambda: read(size)))
    return found
