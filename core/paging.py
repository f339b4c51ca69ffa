"""One page of a long list: what the database cut out, and where it stands in the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core import reading

T = TypeVar("T")
SIZE = 25
"""Lines of a page."""
FARTHEST = 100_000
"""No list has more pages; an address may carry any number."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some lines out of ``total``; ``number`` counts from 1."""

    items: list[T]
    total: int
    number: int = 1
    size: int = SIZE

    @property
    def count(self) -> int:
        """Return how many pages there are, one at least."""
        return max(1, -(-self.total // self.size))

    @property
    def previous(self) -> int | None:
        """Return the number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Return the number of the page after."""
        return self.number + 1 if self.number < self.count else None


def asked(text: str | None) -> int:
    """Read the number of a page out of an address; what is no number asks for the first."""
    return min(max(1, reading.number(text, most=10**reading.LONGEST) or 1), FARTHEST)


def within(number: int, total: int, size: int = SIZE) -> int:
    """Return the page nearest to the one asked for: a list may have become shorter."""
    return min(number, max(1, -(-total // size)))


def page_of(items: Iterable[T], total: int, number: int, size: int = SIZE) -> Page[T]:
    """Put a page together."""
    return Page(list(items), total, number, size)
