"""The secret that messages about one appointment carry: made for the first, the same for all."""

from __future__ import annotations

from sqlalchemy import select

from core import clock, tokens
from core.database import db
from core.transaction import queue_up, transaction
from scheduling.appointments.models import AppointmentLink


def link_of(appointment_id: int) -> str:
    """Return the path of the appointment's own page, and make its secret the first time."""
    return f"/r/{_find(appointment_id) or _make(appointment_id)}"


def _find(appointment_id: int) -> str | None:
    query = select(AppointmentLink).where(AppointmentLink.appointment_id == appointment_id)
    link = db.session.scalar(query)
    return None if link is None else link.token


def _make(appointment_id: int) -> str:
    with transaction():
        queue_up(f"appointment_link/{appointment_id}")  # two would be one too many
        known = _find(appointment_id)
        if known is not None:
            return known
        token = tokens.new_token()
        db.session.add(
            AppointmentLink(
                appointment_id=appointment_id,
                token_hash=tokens.hash_token(token),
                token=token,
                created_at=clock.now(),
            )
        )
        return token
