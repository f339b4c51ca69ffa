"""Waiting for one's turn where waiting costs nothing: outside the database.

Fifty people who want one thing would otherwise wait inside fifty transactions, and hold all the
connections while one of them works. An operation asks for a turn; when somebody of this process has
it, the operation's transaction ends, the door waits here and begins the operation anew. Between
processes the database's own locks decide, as before: few wait there, one for each process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import TypeVar

import structlog

from core.errors import UnavailableError

log = structlog.get_logger(__name__)
R = TypeVar("R")
WAIT = 30.0
"""Seconds that the door waits for a turn, in all: a crowd takes some, and holds nothing."""


class NotYetError(Exception):
    """Somebody else has a turn that the operation needs; the door waits for all of ``names``."""

    def __init__(self, names: set[str]) -> None:
        """Remember which."""
        super().__init__()
        self.names = names


class _Turn:
    """A lock, and how many know of it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known_by = 0


_turns: dict[str, _Turn] = {}
_guard = threading.Lock()
_held: ContextVar[set[str] | None] = ContextVar("turns", default=None)
"""What the door at hand holds; nothing where no door waits."""


def need(names: Iterable[str]) -> None:
    """Go on only in the turns of ``names``; asked inside an operation, before it writes.

    Raises:
        NotYetError: for the door, which waits and begins anew.
    """
    held = _held.get()
    if held is None:
        return
    missing = sorted(set(names) - held)
    taken: set[str] = set()
    for name in missing:
        if not _take(name, 0):  # never a wait while something is held: nobody waits in a ring
            _give_back(taken)
            raise NotYetError(held | set(missing))
        taken.add(name)
    held |= taken


def in_turn(act: Callable[[], R]) -> R:
    """Run ``act``; when it needs a turn that is taken, wait without a transaction, and run it anew.

    Raises:
        UnavailableError: the others took too long.
    """
    if _held.get() is not None:
        return act()
    give_up_at = time.monotonic() + WAIT
    names: set[str] = set()
    while True:
        held: set[str] = set()
        token = _held.set(held)
        try:
            for name in sorted(names):  # one order for everybody
                if not _take(name, max(0.0, give_up_at - time.monotonic())):
                    log.error("turn_took_too_long", turn=name)
                    raise UnavailableError
                held.add(name)
            return act()
        except NotYetError as error:
            names = error.names
        finally:
            _held.reset(token)
            _give_back(held)


def _take(name: str, patience: float) -> bool:
    with _guard:
        turn = _turns.setdefault(name, _Turn())
        turn.known_by += 1
    is_ours = turn.lock.acquire(timeout=patience) if patience else turn.lock.acquire(blocking=False)
    if not is_ours:
        _forget(name)
    return is_ours


def _give_back(names: set[str]) -> None:
    for name in names:
        _turns[name].lock.release()
        _forget(name)


def _forget(name: str) -> None:
    with _guard:
        turn = _turns[name]
        turn.known_by -= 1
        if not turn.known_by:
            del _turns[name]
