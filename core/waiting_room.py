"""Waiting for one's turn where waiting costs nothing: outside the database.

Fifty people who want one thing would otherwise wait inside fifty transactions, and hold all the
connections while one of them works. An operation asks for a turn; when somebody of this process has
it, the operation's transaction ends, the door waits here and begins the operation anew. Between
processes the database's own locks decide, as before: few wait there, one for each process.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from core.admission import BusyError, KeyedSemaphore

log = structlog.get_logger(__name__)
R = TypeVar("R")
WAIT = 30.0
"""Seconds that the door waits for a turn, in all: a crowd takes some, and holds nothing."""
MOST_OF_ONE = 1000
"""Who may wait for one turn: more than a process ever answers at once."""
_turns = KeyedSemaphore(patience=WAIT, most_of_one=MOST_OF_ONE)


class NotYetError(Exception):
    """Somebody else has a turn that the operation needs; the door waits for all of ``names``."""

    def __init__(self, names: set[str]) -> None:
        """Remember which."""
        super().__init__()
        self.names = names


@dataclass
class _Held:
    """What one door holds, until its operation has ended."""

    until: contextlib.ExitStack
    names: set[str] = field(default_factory=set)

    def take(self, name: str, patience: float) -> None:
        self.until.enter_context(_turns.acquired(name, patience=patience))
        self.names.add(name)


_held: ContextVar[_Held | None] = ContextVar("turns", default=None)
"""Of the door at hand; nothing where no door waits."""


def need(names: Iterable[str]) -> None:
    """Go on only in the turns of ``names``; asked inside an operation, before it writes.

    Raises:
        NotYetError: for the door, which waits and begins anew.
    """
    held = _held.get()
    if held is None:
        return
    wanted = held.names | set(names)
    try:
        for name in sorted(wanted - held.names):
            held.take(name, 0)  # never a wait while something is held: nobody waits in a ring
    except BusyError:
        raise NotYetError(wanted) from None


def in_turn(act: Callable[[], R]) -> R:
    """Run ``act``; when it needs a turn that is taken, wait without a transaction, and run it anew.

    Raises:
        BusyError: the others took too long.
    """
    if _held.get() is not None:
        return act()
    give_up_at = time.monotonic() + WAIT
    names: set[str] = set()
    while True:
        try:
            with contextlib.ExitStack() as until:
                _wait_for(names, _Held(until), give_up_at)
                return act()
        except NotYetError as error:
            names = error.names


def _wait_for(names: set[str], held: _Held, give_up_at: float) -> None:
    for name in sorted(names):  # one order for everybody
        try:
            held.take(name, give_up_at - time.monotonic())
        except BusyError:
            log.error("turn_took_too_long", turn=name)  # noqa: TRY400  (a fact, not a fault)
            raise
    held.until.callback(_held.reset, _held.set(held))
