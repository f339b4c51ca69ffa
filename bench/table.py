"""The one table that is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bench.measuring import Figure, percentile

HEAD = (
    "job",
    "side",
    "CPU (least)",
    "p50 / p99, 1",
    "p50 / p99, 8",
    "the first is",
    "statements",
    "goal",
)
OURS, BARE, SIGNED, BEFORE = "ours", "bare", "signed", "before"


@dataclass(frozen=True)
class Goal:
    """What was aimed at, and what was seen of it; ``met`` is nothing when it was not measured."""

    words: str
    seen: str
    met: bool | None

    def __str__(self) -> str:
        """Return the goal with its verdict."""
        verdict = {True: "met", False: "MISSED", None: "not measured"}[self.met]
        return f"{self.words}: {verdict}{f' ({self.seen})' if self.seen else ''}"


@dataclass
class Line:
    """One job: what it is about, first, and its references."""

    job: str
    on: str
    """Which database."""
    sides: dict[str, Figure]
    statements: int | None = None
    goals: list[Goal] = field(default_factory=list)
    note: str = ""
    by_wall: bool = False
    """Compared by what a client waits: CPU would not say it."""

    def ratio(self, to: str) -> float:
        """Return how often the cost of a reference is in that of the first side."""
        ours, other = next(iter(self.sides.values())), self.sides[to]
        if self.by_wall:
            return ours.p50 / other.p50
        return ours.cpu / other.cpu

    def aim(self, to: str, most: float) -> Line:
        """Add a goal: at most so many times a reference."""
        words = f"≤ {most:g}× {to}"
        if to in self.sides:
            ratio = self.ratio(to)
            self.goals.append(Goal(words, f"{ratio:.2f}×", ratio <= most))
        else:
            self.goals.append(Goal(words, "", None))
        return self

    def aim_statements(self, most: int) -> Line:
        """Add a goal: at most so many statements."""
        assert self.statements is not None
        self.goals.append(
            Goal(f"≤ {most} statements", str(self.statements), self.statements <= most)
        )
        return self

    def aim_even(self, most: float, walls: list[float], when: str = "") -> Line:
        """Add a goal: nobody waits much longer than the others."""
        p50, p99 = percentile(walls, 50), percentile(walls, 99)
        words = f"p99 ≤ {most:g}× p50{when}"
        self.goals.append(Goal(words, f"{p99 / p50:.1f}×", p99 <= most * p50))
        return self

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Return what the table shows: a row for each side."""
        for place, (name, figure) in enumerate(self.sides.items()):
            first = place == 0
            yield (
                self.job if first else "",
                name,
                _cpu(figure),
                _walls(figure.walls),
                _walls(figure.eight),
                "" if first else f"{self.ratio(name):.2f}×",
                str(self.statements) if first and self.statements is not None else "",
                "; ".join([*map(str, self.goals), *filter(None, [self.note])]) if first else "",
            )


def print_table(lines: Iterable[Line]) -> None:
    """Print in columns, one database after the other."""
    lines = list(lines)
    rows = [row for line in lines for row in line.rows()]
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    widths[-1] = len(HEAD[-1])
    for on in dict.fromkeys(line.on for line in lines):
        print(f"\n{on}\n")
        here = [row for line in lines if line.on == on for row in line.rows()]
        for row in (HEAD, tuple("─" * width for width in widths), *here):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            print("  ".join(cells).rstrip())
    goals = [goal.met for line in lines for goal in line.goals]
    print(f"\nGoals: {goals.count(True)} met, {goals.count(False)} missed, ", end="")
    print(f"{goals.count(None)} not measured.")


def _cpu(figure: Figure) -> str:
    if not figure.cpus:
        return ""
    return f"{milliseconds(figure.cpu)} ({milliseconds(min(figure.cpus))})"


def _walls(walls: list[float]) -> str:
    if not walls:
        return ""
    return f"{milliseconds(percentile(walls, 50))} / {milliseconds(percentile(walls, 99))}"


def milliseconds(value: float) -> str:
    """Return a time with as many digits as mean something."""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"
