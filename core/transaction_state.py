"""Whether this thread is inside a writing transaction, what waits for its commit, what was kept."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

Hook = Callable[[], None]
hooks: ContextVar[list[Hook] | None] = ContextVar("after_commit", default=None)
_is_act_kept: ContextVar[bool] = ContextVar("act_kept", default=False)


def is_writing() -> bool:
    """Say whether an operation is under way."""
    return hooks.get() is not None


def forget_kept() -> None:
    """A page or an event begins: nothing of it is kept yet."""
    _is_act_kept.set(False)


def note_kept() -> None:
    """Remember that an operation is on disk: what fails now comes after it."""
    _is_act_kept.set(True)


def is_act_kept() -> bool:
    """Say whether an operation of this page or event is on disk already."""
    return _is_act_kept.get()
