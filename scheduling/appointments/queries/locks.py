"""Waiting for one's turn, and the database's last word."""

from __future__ import annotations

from sqlalchemy import text

from core.authorization import Actor, Wait
from core.database import db
from scheduling.agendas.queries.locks import agendas_of
from scheduling.appointments.models import Appointment


def agendas_of_appointment(actor: Actor, appointment: Appointment, **_asked: object) -> Wait:
    """Lock the time of its caregiver and of who acts."""
    return agendas_of(appointment.caregiver_id, actor.id)


def overlap_guard_exists() -> bool:
    """Say whether the database itself refuses that two live appointments overlap."""
    if db.engine.dialect.name == "sqlite":
        query = "SELECT count(*) FROM sqlite_master WHERE name LIKE 'ex_appointments_overlap%'"
        on_insert_and_on_update = 2
        return int(db.session.scalar(text(query)) or 0) == on_insert_and_on_update
    query = "SELECT count(*) FROM pg_constraint WHERE conname = 'ex_appointments_overlap'"
    return int(db.session.scalar(text(query)) or 0) == 1
