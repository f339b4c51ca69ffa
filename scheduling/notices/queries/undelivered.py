"""Finding the notices that no mail server took."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from core.database import db
from core.outbox import OutboxMessage, OutboxState
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import CallReason

LOOKED_BACK = timedelta(days=2)
NOTICE = re.compile(r"appointment-(\d+)-(cancelled|moved)-")
REASONS = {"cancelled": CallReason.CANCELLED, "moved": CallReason.MOVED}


def list_undelivered(now: datetime) -> list[tuple[int, int, CallReason]]:
    """Return the appointments to come whose cancellation or move was mailed in vain, and why.

    The notices to the caregiver count as well: calling the patient then does no harm.
    """
    query = select(OutboxMessage.dedupe_key).where(
        OutboxMessage.state == OutboxState.DEAD,
        OutboxMessage.done_at >= now - LOOKED_BACK,
        or_(
            OutboxMessage.dedupe_key.like("appointment-%-cancelled-%"),
            OutboxMessage.dedupe_key.like("appointment-%-moved-%"),
        ),
    )
    found: list[tuple[int, int, CallReason]] = []
    for key in db.session.scalars(query):
        notice = NOTICE.match(key or "")
        if notice is None:
            continue
        appointment = db.session.get(Appointment, int(notice.group(1)))
        if appointment is not None and appointment.starts_at > now:
            found.append((appointment.id, appointment.sequence, REASONS[notice.group(2)]))
    return found
