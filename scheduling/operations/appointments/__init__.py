"""What can be done with an hour: hold, promise, move, cancel, book for somebody."""

from __future__ import annotations

from scheduling.operations.appointments.changes import touch_agendas
from scheduling.operations.appointments.changing import cancel_appointment
from scheduling.operations.appointments.holding import (
    HOLD,
    confirm_appointment,
    extend_hold,
    give_up_hold,
    hold_slot,
)
from scheduling.operations.appointments.releasing import release_future

__all__ = [
    "HOLD",
    "cancel_appointment",
    "confirm_appointment",
    "extend_hold",
    "give_up_hold",
    "hold_slot",
    "release_future",
    "touch_agendas",
]
