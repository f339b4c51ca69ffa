"""What kinds of messages there are: who sends them, who hears when one did not leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.outbox.models import About, Lane


class RefusedForGoodError(Exception):
    """The far side will never take this message: trying again is useless."""


class AwayError(Exception):
    """The far side takes nothing at present: others that go there need not be tried either."""


class NoLongerTrueError(Exception):
    """What the message would say is over: it is not said, and nobody misses it."""


Handler = Callable[[int, dict[str, Any]], None]
"""Gets the row's id (a stable key for the far side) and the payload; raises to try again later,
or one of the errors above. What it raises stays in the row: it names no person and no code."""
OnDead = Callable[[Sequence[About], dict[str, Any]], None]
"""Hears of a message that did not leave, with all it was about. Called outside any transaction and
at least once: it begins an operation of its own, and doing it again changes nothing."""


@dataclass(frozen=True)
class Kind:
    """How messages of one kind leave."""

    send: Handler
    on_dead: OnDead | None = None
    lane: Lane = Lane.ORDINARY
    destination: str = ""
    """The far side that they share with others, if there is one; a breaker watches over it."""


DAY = timedelta(days=1)
KINDS: dict[str, Kind] = {}
REGULAR: dict[str, timedelta] = {}
"""Kinds that are due again and again, with their rhythm."""


def register_handler(
    kind: str,
    send: Handler,
    *,
    on_dead: OnDead | None = None,
    lane: Lane = Lane.ORDINARY,
    destination: str = "",
) -> None:
    """Say who sends messages of this kind; called by wirings."""
    KINDS[kind] = Kind(send, on_dead, lane, destination)


def register_regular(kind: str, every: timedelta = DAY) -> None:
    """Have one message of this kind written each turn, whatever the number of workers."""
    REGULAR[kind] = every


def destination_of(kind: str) -> str:
    """Return where messages of this kind go, empty when they stay here."""
    return KINDS[kind].destination if kind in KINDS else ""


def is_told(kind: str) -> bool:
    """Say whether somebody must hear when a message of this kind did not leave."""
    return kind in KINDS and KINDS[kind].on_dead is not None


PERSONAL = re.compile(r"[^\s@]{0,64}@\S{0,64}|\d[\d .-]{4,24}\d")
"""Addresses, telephone numbers, codes: servers repeat them in their refusals."""


def reason_of(error: Exception) -> str:
    """Put into words why a message did not leave, without what names somebody."""
    name = "" if isinstance(error, RefusedForGoodError) else f"{type(error).__name__}: "
    return f"{name}{PERSONAL.sub('…', str(error))}"[:500]
