"""What must leave: rows written with the fact they follow from, sent by a worker afterwards."""

from core.outbox.kinds import (
    DAY,
    AwayError,
    NoLongerTrueError,
    OnDead,
    RefusedForGoodError,
    register_handler,
    register_regular,
)
from core.outbox.models import About, Lane, OutboxAbout, OutboxMessage, OutboxState, OutboxWorker
from core.outbox.worker import Worker, run_forever, start_embedded_worker
from core.outbox.writing import Message, enqueue, forget_queued, write

__all__ = [
    "DAY",
    "About",
    "AwayError",
    "Lane",
    "Message",
    "NoLongerTrueError",
    "OnDead",
    "OutboxAbout",
    "OutboxMessage",
    "OutboxState",
    "OutboxWorker",
    "RefusedForGoodError",
    "Worker",
    "enqueue",
    "forget_queued",
    "register_handler",
    "register_regular",
    "run_forever",
    "start_embedded_worker",
    "write",
]
