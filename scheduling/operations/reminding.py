"""What the worker does every few minutes: look what is due now, and let it leave."""

from __future__ import annotations

from datetime import date
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError

from core import clock, sms
from core.authorization import INSTANCE, System
from core.database import db
from core.errors import DomainError
from core.mail import absolute_url
from scheduling.emails import texts
from scheduling.models import Appointment
from scheduling.operations.reminders import let_text_leave, remind, stands
from scheduling.queries.reminders import get_standing, list_due, map_preferences, message_path
from scheduling.vocabulary import AppointmentStatus, Channel, Said
from security.queries import get_user

log = structlog.get_logger(__name__)
WORKER = System("reminders")


def remind_everybody(_row_id: int, _payload: dict[str, Any]) -> None:
    """Answer the outbox, every few minutes: say what is due now, one person and day at a time."""
    due = list_due(clock.now())
    db.session.rollback()
    told: set[tuple[int, date, Channel]] = set()
    for one in due:
        if (key := (one.reader_id, one.day, one.channel)) in told:
            continue
        told.add(key)
        try:
            remind(WORKER, INSTANCE, due=one)
        except IntegrityError:  # another worker was quicker: the database lets it happen once
            log.info("reminder_said_already", appointment=one.appointment_id)


def send_text(row_id: int, payload: dict[str, Any]) -> None:
    """Answer the outbox: look whether the text is true still and wanted, then let it leave."""
    appointment, reader = get_standing(payload["appointment"]), get_user(payload["reader"])
    said = Said(payload["said"])
    if appointment is None or reader is None or not _is_true(appointment, payload, said):
        db.session.rollback()
        return
    wish = map_preferences([reader.id])[reader.id]
    is_wanted = said in {Said.CANCELLED, Said.MOVED} or wish.by_sms
    number = reader.phone if reader.phone_proved_at else None
    link = absolute_url(message_path(appointment))
    words = texts.compose(appointment, reader, said, link)
    db.session.rollback()
    if number is None or not is_wanted or not sms.can_text():
        return
    try:
        sms.take_allowance(number)
    except DomainError as refusal:  # the mail says the same: it does not wait for a telephone
        log.warning("appointment_text_refused", reason=refusal.code)
        return
    let_text_leave(WORKER, INSTANCE, number=number, words=words, key=f"{texts.KIND}-{row_id}")


def _is_true(appointment: Appointment, payload: dict[str, Any], said: Said) -> bool:
    if said is Said.CANCELLED:
        return appointment.status is AppointmentStatus.CANCELLED
    return stands(appointment, payload["sequence"])
