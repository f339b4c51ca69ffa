"""The one table that is printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.measuring import Figure

HEAD = ("job", "on", "size", "CPU", "p50 / p99", "bare CPU", "bare p50 / p99", "ratio", "goal", "")


@dataclass
class Line:
    """One measure beside its reference and its goal."""

    job: str
    on: str
    """Which database."""
    size: str
    ours: Figure
    bare: Figure | None = None
    most: float | None = None
    """The goal: the ratio, at most."""
    goal: str = ""
    """The goal in words, when it is no ratio to ``bare``; ``met`` then says the rest."""
    met: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Return ours to bare: of CPU times where both are known, else of medians."""
        if self.bare is None:
            return None
        ours, bare = self.ours.cpu, self.bare.cpu
        if ours is not None and bare:
            return ours / bare
        return self.ours.p50 / self.bare.p50

    @property
    def is_met(self) -> bool | None:
        """Say whether the goal is reached; nothing when there is none."""
        if self.most is not None and self.ratio is not None:
            return self.ratio <= self.most
        return self.met

    def cells(self) -> tuple[str, ...]:
        """Return what the table shows."""
        goal = self.goal or (f"≤ {self.most:g}×" if self.most else "")
        verdict = {True: "met", False: "MISSED", None: ""}[self.is_met]
        bare = self.bare
        return (
            self.job,
            self.on,
            self.size,
            _milliseconds(self.ours.cpu),
            _walls(self.ours),
            _milliseconds(bare.cpu) if bare else "",
            _walls(bare) if bare else "",
            f"{self.ratio:.2f}×" if self.ratio is not None else "",
            goal,
            " ".join(part for part in (verdict, self.note) if part),
        )


def print_table(lines: Iterable[Line]) -> None:
    """Print, in columns."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    rows.insert(1, tuple("─" * width for width in widths))
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _milliseconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def _walls(figure: Figure) -> str:
    if not figure.walls:
        return ""
    return f"{_milliseconds(figure.p50)} / {_milliseconds(figure.p99)}"
