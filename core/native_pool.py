"""Where heavy computing goes, so that it never holds up the event loop of the server.

Everybody who signs in needs a hash computed, and a stranger may ask for eight: what is long is cut
into steps that let others pass, a person has one long thing under way, and nobody waits for ever.
"""

from __future__ import annotations

import os
import sys
import time
from _thread import get_native_id  # gevent replaces threading's, which then names greenlets
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from core.admission import KeyedSemaphore, Priority, PrioritySemaphore
from core.transaction_state import is_writing

R = TypeVar("R")
LOW_PRIORITY = 10
QUEUE = 64
"""Jobs that may wait. Beyond it people are asked to try again: memory stays bounded."""
PATIENCE = 8.0
"""Seconds that one waits for one's turn."""
MOST_OF_ONE = 12
"""Long jobs of one name, under way and waiting: a second press, the others of a waiting room."""
DISK_THREADS = 8
"""Writing waits for a disk: it takes no turn from what computes."""
DISK_PATIENCE = 5.0


class DiskTimeoutError(OSError):
    """The disk did not answer; what it does later counts no more."""


def cores() -> int:
    """Return the cores this process may use: more threads would only take turns with pages."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_turns = PrioritySemaphore(cores(), patience=PATIENCE, most_waiting=QUEUE)
_long_jobs = KeyedSemaphore(patience=PATIENCE, most_of_one=MOST_OF_ONE)
_pools: dict[str, Any] = {}


def run(job: Callable[..., R], *args: object, of: tuple[str, ...] = ()) -> R:
    """Run ``job`` on a native thread when gevent serves; right here otherwise.

    ``of`` names somebody who is signed in, who may ask as often as they like: one at a time.

    Raises:
        BusyError: too many jobs wait already, or one's turn did not come in time.
        RuntimeError: called inside a transaction, where nothing slow may happen.
    """
    refuse_inside_transaction(job)
    give_up_at = time.monotonic() + PATIENCE
    with _long_jobs.all_acquired(of):
        return _in_turn(Priority.FIRST, give_up_at - time.monotonic(), job, args)


def run_each(
    job: Callable[..., R], steps: Iterable[tuple[object, ...]], *, of: tuple[str, ...]
) -> list[R]:
    """Run ``job`` with each of the arguments, one after the other, letting others pass between.

    ``of`` names who asks, in every way that is known (an account, a network): for each name one
    such thing is under way at a time.

    Raises:
        BusyError, RuntimeError: as ``run``.
        ValueError: nobody is named.
    """
    refuse_inside_transaction(job)
    if not of:
        msg = f"{getattr(job, '__name__', job)} is long: say who asks for it"
        raise ValueError(msg)
    give_up_at = time.monotonic() + PATIENCE
    with _long_jobs.all_acquired(of):
        return [
            _in_turn(Priority.LATER, give_up_at - time.monotonic(), job, args) for args in steps
        ]


def run_on_disk(job: Callable[..., R], *args: object) -> R:
    """Run what waits for a disk apart from what computes.

    Raises:
        DiskTimeoutError: it did not come back in time.
        RuntimeError: called inside a transaction, where nothing slow may happen.
    """
    refuse_inside_transaction(job)
    if not _serving_with_gevent():
        return job(*args)
    from gevent import Timeout  # noqa: PLC0415  (only there when gevent serves)

    try:
        with Timeout(DISK_PATIENCE):
            result: R = _pool("disk", DISK_THREADS).apply(job, args)
    except Timeout as error:
        raise DiskTimeoutError("the disk does not answer") from error
    return result


def refuse_inside_transaction(job: Callable[..., Any]) -> None:
    """Fail loudly where something slow would hold a lock."""
    if is_writing():
        msg = f"{getattr(job, '__name__', job)} is slow: do it before the operation"
        raise RuntimeError(msg)


def _in_turn(
    priority: Priority, patience: float, job: Callable[..., R], args: tuple[object, ...]
) -> R:
    with _turns.acquired(priority, patience=patience):
        if not _serving_with_gevent():
            return job(*args)
        result: R = _pool("computing", cores()).apply(_yielding, (job, *args))
        return result


def _yielding(job: Callable[..., R], *args: object) -> R:
    """Run with less claim to the processor than the pages, where a thread can be told so."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), LOW_PRIORITY)
    return job(*args)


def let_others_go_on() -> None:
    """Let everybody go on who waits: for a turn, and for what has arrived for them meanwhile.

    Sleeping for no time would only let those go on who are ready: the event loop of gevent looks
    for what has arrived when it has nobody ready any more, or after fifty turns.
    """
    if not _serving_with_gevent():
        time.sleep(0)
        return
    from gevent import get_hub  # noqa: PLC0415  (only there when gevent serves)

    hub = get_hub()
    hub.wait(hub.loop.timer(0))


def _serving_with_gevent() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))


def _pool(name: str, threads: int) -> Any:
    """Return a pool, made at the first use: it must belong to the worker process."""
    if name not in _pools:
        from gevent.threadpool import ThreadPool  # noqa: PLC0415  (only there when gevent serves)

        _pools[name] = ThreadPool(threads)
    return _pools[name]
