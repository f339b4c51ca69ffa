"""Whether this thread is inside a writing transaction, and what waits for its commit."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

Hook = Callable[[], None]
hooks: ContextVar[list[Hook] | None] = ContextVar("after_commit", default=None)


def is_writing() -> bool:
    """Say whether an operation is under way."""
    return hooks.get() is not None
