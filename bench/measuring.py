"""Taking times: two things in turns, A B A B, so that both meet the same weather."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

Act = Callable[[], object]
Clock = Callable[[], float]


@dataclass
class Figure:
    """What was seen of one thing: each call's wall time, each batch's CPU time, in milliseconds."""

    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float | None:
        """Return the median CPU time of a call."""
        return median(self.cpus) if self.cpus else None

    @property
    def p50(self) -> float:
        """Return the median wall time."""
        return percentile(self.walls, 50)

    @property
    def p99(self) -> float:
        """Return what one call in a hundred exceeds; the longest, below a hundred calls."""
        return percentile(self.walls, 99)


@dataclass(frozen=True)
class Side:
    """One of the things compared: what to do, and whose CPU time it takes."""

    act: Act
    cpu: Clock = time.process_time


def percentile(values: Sequence[float], rank: int) -> float:
    """Return the value below which ``rank`` per cent of ``values`` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * rank // 100)]


def compare(ours: Side, bare: Side, *, calls: int, rounds: int) -> tuple[Figure, Figure]:
    """Give each side ``rounds`` turns of ``calls`` calls, after a rehearsal that does not count."""
    figures = Figure(), Figure()
    for _ in range(2):
        ours.act()
        bare.act()
    for _ in range(rounds):
        take_turn(ours, figures[0], calls)
        take_turn(bare, figures[1], calls)
    return figures


def repeat(side: Side, *, calls: int, rounds: int) -> Figure:
    """Measure one thing that has no reference."""
    figure = Figure()
    side.act()
    for _ in range(rounds):
        take_turn(side, figure, calls)
    return figure


def take_turn(side: Side, figure: Figure, calls: int) -> None:
    """Measure ``calls`` calls, without a rehearsal."""
    before = side.cpu()
    for _ in range(calls):
        began = time.perf_counter()
        side.act()
        figure.walls.append((time.perf_counter() - began) * 1000)
    figure.cpus.append((side.cpu() - before) * 1000 / calls)
