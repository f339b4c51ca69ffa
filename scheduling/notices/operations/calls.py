"""The calls that stand in for a message which never arrived."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import clock
from core.authorization import INSTANCE, System
from core.outbox import About
from scheduling.appointments.operations.calls import plan_call
from scheduling.appointments.queries.appointments import list_whole
from scheduling.appointments.vocabulary import AppointmentStatus, CallReason

WORKER = System("undelivered notices")


def call_instead(abouts: Sequence[About], _payload: dict[str, Any]) -> None:
    """Have the patient called about every appointment to come of which a dead message spoke.

    Heard of a cancellation or a move, whoever should have read it: calling the patient twice does
    no harm, and an hour that somebody comes for in vain does.
    """
    numbers = [about.id for about in abouts if about.kind == "appointment"]
    coming = [
        appointment for appointment in list_whole(numbers) if appointment.starts_at > clock.now()
    ]
    planned = [
        (
            appointment.id,
            appointment.sequence,
            CallReason.CANCELLED
            if appointment.status is AppointmentStatus.CANCELLED
            else CallReason.MOVED,
        )
        for appointment in coming
    ]
    for appointment_id, sequence, reason in planned:
        plan_call(WORKER, INSTANCE, appointment_id=appointment_id, sequence=sequence, reason=reason)
