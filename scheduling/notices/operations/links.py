"""The secret that messages about one appointment carry: made once, the same for its whole life."""

from __future__ import annotations

from sqlalchemy import select

from core import clock, tokens
from core.database import db
from core.transaction import transaction
from scheduling.appointments.models import Appointment, AppointmentLink


def link_of(appointment: Appointment) -> str:
    """Return the path of the appointment's own page, in the current transaction if there is one."""
    with transaction():
        query = select(AppointmentLink).where(AppointmentLink.appointment_id == appointment.id)
        link = db.session.scalar(query)
        if link is None:
            _queue_up(appointment.id)
            link = db.session.scalar(query)
        if link is None:
            token = tokens.new_token()
            link = AppointmentLink(
                appointment_id=appointment.id,
                token_hash=tokens.hash_token(token),
                token=token,
                created_at=clock.now(),
            )
            db.session.add(link)
            db.session.flush()  # messages written next look for it
        return f"/r/{link.token}"


def _queue_up(appointment_id: int) -> None:
    """Let one writer at a time make the link: two would be one too many for the database."""
    query = select(Appointment.id).where(Appointment.id == appointment_id)
    db.session.execute(query.with_for_update(key_share=True))
