"""Taking times: several sides in turns, A B C A B C, so that all meet the same weather."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from statistics import median

from bench.clients import Rush, Script
from bench.servers import Server

EIGHT = 8
"""Connections of those who ask at once."""


@dataclass
class Figure:
    """What was seen of one side, in milliseconds."""

    walls: list[float] = field(default_factory=list)
    """Each script, on one connection."""
    eight: list[float] = field(default_factory=list)
    """Each script, on eight connections that never rest."""
    cpus: list[float] = field(default_factory=list)
    """The server's CPU time for one script, a mean of each turn on one connection."""

    @property
    def cpu(self) -> float:
        """Return the median CPU time."""
        return median(self.cpus)

    @property
    def p50(self) -> float:
        """Return the median time of a script on one connection."""
        return percentile(self.walls, 50)


@dataclass(frozen=True)
class Side:
    """One of those who are compared: who answers, and what is asked of them.

    ``scripts`` makes a script for the connection of that number.
    """

    server: Server
    scripts: Callable[[int], Script]


def percentile(values: Sequence[float], rank: int) -> float:
    """Return the value below which ``rank`` per cent of ``values`` lie; the longest, of a few."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * rank // 100)]


def compare(
    sides: dict[str, Side], *, calls: int, rounds: int, eight: int = 0
) -> dict[str, Figure]:
    """Give each side ``rounds`` turns of ``calls`` scripts, after two that do not count.

    Then, with ``eight``, as many turns in which eight connections play ``eight`` scripts each.
    """
    figures = {name: Figure() for name in sides}
    for side in sides.values():
        for _ in range(2):
            side.server.play(side.scripts(0))
    gc.collect()
    for _ in range(rounds):
        for name, side in sides.items():
            take_turn(side, figures[name], calls)
    if eight:
        rush(sides, figures, each=eight, rounds=max(1, rounds // 3))
    return figures


def take_turn(side: Side, figure: Figure, calls: int) -> None:
    """Measure ``calls`` scripts on one connection."""
    before = side.server.cpu()
    for _ in range(calls):
        script, began = side.scripts(0), time.perf_counter()
        side.server.play(script)
        figure.walls.append((time.perf_counter() - began) * 1000)
    figure.cpus.append((side.server.cpu() - before) * 1000 / calls)


def rush(sides: dict[str, Side], figures: dict[str, Figure], *, each: int, rounds: int) -> None:
    """Measure each side with eight connections at once, in turns."""
    with ExitStack() as stack:
        crowds = {
            name: stack.enter_context(closing(Rush(side.server.port, EIGHT)))
            for name, side in sides.items()
        }
        for name, side in sides.items():
            crowds[name].run(side.scripts, 1)
        for _ in range(rounds):
            for name, side in sides.items():
                figures[name].eight += crowds[name].run(side.scripts, each)
