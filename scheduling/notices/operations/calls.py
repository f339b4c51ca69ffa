"""The calls that stand in for a notice which never arrived."""

from __future__ import annotations

from typing import Any

from core import clock
from core.authorization import INSTANCE, System
from scheduling.appointments.operations.calls import plan_call
from scheduling.notices.queries.undelivered import list_undelivered


def plan_undelivered(_row_id: int, _payload: dict[str, Any]) -> None:
    """Answer the outbox, every hour: what no mail server took must be said by telephone."""
    for appointment_id, sequence, reason in list_undelivered(clock.now()):
        plan_call(
            System("undelivered notices"),
            INSTANCE,
            appointment_id=appointment_id,
            sequence=sequence,
            reason=reason,
        )
