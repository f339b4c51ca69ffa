"""The calls that no message can replace."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.authorization import Actor, Instance, operation
from core.database import db
from scheduling.appointments.models import CallTask
from scheduling.appointments.policy import AppointmentPermission
from scheduling.appointments.vocabulary import CallReason
from security.models import User


@operation(AppointmentPermission.FINISH_CALL)
def finish_call(actor: User, task: CallTask, *, is_done: bool = True) -> None:
    """Note that somebody called, or take that back; idempotent."""
    if is_done is (task.done_at is not None):
        return
    task.done_at = clock.now() if is_done else None
    task.done_by_id = actor.id if is_done else None


@operation(AppointmentPermission.PLAN_CALLS)
def plan_call(
    _actor: Actor, _instance: Instance, *, appointment_id: int, sequence: int, reason: CallReason
) -> None:
    """Have somebody telephone about one appointment: no message can say it, or say it in time."""
    add_call(appointment_id, sequence, reason)


def add_call(appointment_id: int, sequence: int, reason: CallReason) -> None:
    """Write one call, in the current transaction; what was planned already stays as it is."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    call = insert(CallTask).values(
        appointment_id=appointment_id, sequence=sequence, reason=reason, created_at=clock.now()
    )
    db.session.execute(call.on_conflict_do_nothing())
