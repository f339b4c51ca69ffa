"""Waiting for one's turn with somebody's time."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from core import waiting_room
from core.authorization import Wait
from core.database import db
from security.models import User


def agendas_of(*user_ids: int | None) -> Wait:
    """Lock these people's time, once the door begins: who they are is known before."""
    return lambda: lock_agendas(user_ids)


def lock_agendas(user_ids: Iterable[int | None]) -> bool:
    """Make every other writer of these people's time wait for ours to end, in one fixed order.

    Says whether somebody may have written meanwhile: never on SQLite, whose one writer owns the
    file already. Those of this process wait outside their transactions, see ``core.waiting_room``.
    """
    if db.engine.dialect.name == "sqlite":
        return False
    people = sorted({user_id for user_id in user_ids if user_id is not None})
    waiting_room.need(f"agenda:{user_id}" for user_id in people)
    query = select(User.id).where(User.id.in_(people)).order_by(User.id)
    db.session.execute(query.with_for_update(key_share=True))
    return True
