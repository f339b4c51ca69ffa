"""The calls that no message can replace."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core import clock
from core.authorization import INSTANCE, Actor, Instance, System, consequence, operation
from core.database import db
from patient.queries.places import guardian_ids
from scheduling.appointments.models import Appointment
from scheduling.notices.models import CallTask
from scheduling.notices.policy import NoticePermission
from scheduling.notices.queries.undelivered import list_unheard
from scheduling.notices.vocabulary import CallReason
from security.models import User


@operation(NoticePermission.FINISH_CALL)
def finish_call(actor: User, task: CallTask, *, is_done: bool = True) -> None:
    """Note that somebody called, or take that back. Twice is once."""
    if is_done is (task.done_at is not None):
        return
    task.done_at = clock.now() if is_done else None
    task.done_by_id = actor.id if is_done else None


@consequence
def call_if_unreachable(appointment: Appointment, reason: CallReason) -> None:
    """Have somebody telephone when nobody with an account acts for the patient."""
    if not guardian_ids(appointment.enrolment.patient_id):
        _plan(appointment, reason)


def look_for_unheard(_row_id: int, _payload: dict[str, Any]) -> None:
    """Answer the outbox, every hour: what no mail server took must be said by telephone."""
    plan_calls_for_unheard(System("undelivered notices"), INSTANCE)


@operation(NoticePermission.PLAN_CALLS)
def plan_calls_for_unheard(_actor: Actor, _instance: Instance) -> None:
    """Put the patients whose notice was never delivered on the list of those to call."""
    for appointment, reason in list_unheard(clock.now()):
        _plan(appointment, reason)


@operation(NoticePermission.PLAN_CALLS)
def plan_call(
    _actor: Actor, _instance: Instance, *, appointment: Appointment, reason: CallReason
) -> None:
    """Have somebody telephone about one appointment: no text can say it in time."""
    _plan(appointment, reason)


def _plan(appointment: Appointment, reason: CallReason) -> None:
    """Write one call; what was planned already stays as it is."""
    known = select(CallTask.id).where(
        CallTask.appointment_id == appointment.id,
        CallTask.sequence == appointment.sequence,
        CallTask.reason == reason,
    )
    if db.session.scalar(known) is None:
        db.session.add(
            CallTask(
                appointment_id=appointment.id,
                sequence=appointment.sequence,
                reason=reason,
                created_at=clock.now(),
            )
        )
