"""What can be done with an hour: hold, promise, move, cancel, book for somebody, replan."""

from __future__ import annotations

from scheduling.operations.appointments.answering import answer_afterwards
from scheduling.operations.appointments.attendance import mark_attendance
from scheduling.operations.appointments.booking_for import book_for
from scheduling.operations.appointments.changes import touch_agendas
from scheduling.operations.appointments.changing import (
    cancel_appointment,
    limit_of,
    move_appointment,
    offer_of,
)
from scheduling.operations.appointments.holding import (
    HOLD,
    confirm_appointment,
    extend_hold,
    give_up_hold,
    hold_slot,
)
from scheduling.operations.appointments.releasing import release_future
from scheduling.operations.appointments.replanning import (
    answer_proposal,
    ask_to_call,
    hand_over,
    keep_anyway,
    propose_hour,
)

__all__ = [
    "HOLD",
    "answer_afterwards",
    "answer_proposal",
    "ask_to_call",
    "book_for",
    "cancel_appointment",
    "confirm_appointment",
    "extend_hold",
    "give_up_hold",
    "hand_over",
    "hold_slot",
    "keep_anyway",
    "limit_of",
    "mark_attendance",
    "move_appointment",
    "offer_of",
    "propose_hour",
    "release_future",
    "touch_agendas",
]
