"""Places on a page that packages above may fill: each wiring registers, the page asks.

A lower page thus shows what it knows nothing about: the count beside a tab, the notice of a held
hour, a row of the account, a card of the settings, a tab of a bubble.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tab:
    """One entry of the main navigation, of a menu or of a page's own tabs."""

    id: str
    url: str
    label: str
    icon: str = ""
    count: int = 0
    cls: str = ""
    rank: int = 50


@dataclass(frozen=True)
class Row:
    """One line of the account page, or one card of the settings, with its state in words."""

    url: str
    label: str
    text: str = ""
    icon: str = ""
    hue: int = 1
    state: str = ""
    kind: str = ""
    state_icon: str = ""
    section: str = ""
    rank: int = 50


Filler = Callable[..., Any]
_fillers: dict[str, list[Filler]] = defaultdict(list)


def fill(slot: str, filler: Filler) -> None:
    """Register; registering twice changes nothing."""
    if filler not in _fillers[slot]:
        _fillers[slot].append(filler)


def filled(slot: str, *args: Any) -> list[Any]:
    """Ask every filler, and keep what is not ``None``, in the order of rank where there is one."""
    answers = [answer for filler in _fillers[slot] if (answer := filler(*args)) is not None]
    return sorted(answers, key=lambda answer: getattr(answer, "rank", 50))
