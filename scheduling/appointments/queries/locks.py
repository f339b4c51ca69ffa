"""Waiting for one's turn, and the database's last word."""

from __future__ import annotations

from sqlalchemy import select, text

from core import waiting_room
from core.database import db
from security.models import User


def lock_agenda(*user_ids: int) -> None:
    """Make every other writer of these people's time wait for ours to end, in one fixed order.

    SQLite needs nothing: its one writer owns the file already.

    Those of this process wait outside their transactions, see ``core.waiting_room``.
    """
    if db.engine.dialect.name == "sqlite":
        return
    waiting_room.need(f"agenda:{user_id}" for user_id in user_ids)
    query = select(User.id).where(User.id.in_(user_ids)).order_by(User.id)
    db.session.execute(query.with_for_update(key_share=True))


def overlap_guard_exists() -> bool:
    """Say whether the database itself refuses that two live appointments overlap."""
    if db.engine.dialect.name == "sqlite":
        query = "SELECT count(*) FROM sqlite_master WHERE name LIKE 'ex_appointments_overlap%'"
        on_insert_and_on_update = 2
        return int(db.session.scalar(text(query)) or 0) == on_insert_and_on_update
    query = "SELECT count(*) FROM pg_constraint WHERE conname = 'ex_appointments_overlap'"
    return int(db.session.scalar(text(query)) or 0) == 1
