"""Where heavy computing goes, so that it never holds up the event loop of the server."""

from __future__ import annotations

import os
import sys
from _thread import get_native_id  # gevent replaces threading's, which then names greenlets
from collections.abc import Callable
from typing import Any, TypeVar

from core.errors import UnavailableError
from core.transaction_state import is_writing

R = TypeVar("R")
LOW_PRIORITY = 10
QUEUE = 64
"""Jobs that may wait. Beyond it people are asked to try again: memory stays bounded."""
_pool: Any = None
_waiting = 0


def run(job: Callable[..., R], *args: object) -> R:
    """Run ``job`` on a native thread when gevent serves; right here otherwise.

    Raises:
        UnavailableError: too many jobs wait already.
        RuntimeError: called inside a transaction, where nothing slow may happen.
    """
    global _waiting  # noqa: PLW0603  (one counter a process, beside its one pool)
    if is_writing():
        msg = f"{getattr(job, '__name__', job)} is slow: do it before the operation"
        raise RuntimeError(msg)
    if not _serving_with_gevent():
        return job(*args)
    if _waiting >= QUEUE:
        raise UnavailableError
    _waiting += 1
    try:
        result: R = _native_pool().apply(_yielding, (job, *args))
    finally:
        _waiting -= 1
    return result


def _yielding(job: Callable[..., R], *args: object) -> R:
    """Run with less claim to the processor than the pages, where a thread can be told so."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), LOW_PRIORITY)
    return job(*args)


def _serving_with_gevent() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))


def _cores() -> int:
    """Return the cores this process may use: more threads would only take turns with pages."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _native_pool() -> Any:
    global _pool  # noqa: PLW0603  (made at the first use: it must belong to the worker process)
    if _pool is None:
        from gevent.threadpool import ThreadPool  # noqa: PLC0415  (only there when gevent serves)

        _pool = ThreadPool(_cores())
    return _pool
