"""Finding the appointment behind the secret link that messages about it carry."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import clock, tokens
from core.database import db
from patient.models import Enrolment
from scheduling.appointments.models import Appointment, AppointmentLink
from scheduling.appointments.vocabulary import AppointmentStatus

AFTERLIFE = timedelta(days=30)
"""How long a link says something still once the appointment is over."""


def find_link(token: str) -> AppointmentLink | None:
    """Return a link that lives, its appointment loaded; an hour never promised has none."""
    link = db.session.scalar(
        select(AppointmentLink)
        .where(AppointmentLink.token_hash == tokens.hash_token(token))
        .options(
            joinedload(AppointmentLink.appointment).options(
                joinedload(Appointment.caregiver),
                joinedload(Appointment.consultation_type),
                joinedload(Appointment.enrolment).options(
                    joinedload(Enrolment.patient), joinedload(Enrolment.bubble)
                ),
            )
        )
    )
    if link is None or clock.now() >= link.appointment.ends_at + AFTERLIFE:
        return None
    return link if link.appointment.status is not AppointmentStatus.HELD else None
