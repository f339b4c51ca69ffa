"""What the tests of the outbox share: a kind of their own, and the rows as they stand."""

from __future__ import annotations

from sqlalchemy import select

from core.database import db
from core.outbox import OutboxMessage, OutboxState, enqueue
from core.transaction import transaction


def write(count: int = 1, *, kind: str = "note", **options) -> list[int | None]:
    """Write messages that only carry their number, and return their ids."""
    with transaction():
        return [enqueue(kind, {"n": n}, **options) for n in range(count)]


def rows() -> list[OutboxMessage]:
    found = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    db.session.rollback()
    return list(found)


def states() -> list[OutboxState]:
    return [row.state for row in rows()]


def fail_with(error: BaseException):
    """A handler that always raises this."""

    def send(_row, _payload):
        raise error

    return send
