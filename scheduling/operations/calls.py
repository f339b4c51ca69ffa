"""The calls that no message can replace."""

from __future__ import annotations

from core import clock
from core.authorization import operation
from scheduling.models import CallTask
from scheduling.policy import SchedulingPermission
from security.models import User


@operation(SchedulingPermission.FINISH_CALL)
def finish_call(actor: User, task: CallTask, *, is_done: bool = True) -> None:
    """Note that somebody called, or take that back. Twice is once."""
    if is_done is (task.done_at is not None):
        return
    task.done_at = clock.now() if is_done else None
    task.done_by_id = actor.id if is_done else None
