"""What the worker does every few minutes: look what is due now, and let it leave."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError

from core import clock, sms
from core.authorization import INSTANCE, System
from core.database import db
from core.errors import DomainError
from core.mail import absolute_url
from core.sms import TextKind
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.calls import plan_call
from scheduling.appointments.vocabulary import AppointmentStatus, CallReason
from scheduling.notices import text_messages
from scheduling.notices.emails.facts import stands
from scheduling.notices.links import link_of
from scheduling.notices.operations.reminders import let_text_leave, postpone_text, remind
from scheduling.notices.queries.reminders import (
    get_standing,
    hour_to_warn_before,
    list_due,
    map_preferences,
)
from scheduling.notices.vocabulary import Channel, Said
from scheduling.waiting_list.queries import find_offer
from security.queries import get_user

log = structlog.get_logger(__name__)
WORKER = System("reminders")
CHANGES = {Said.CANCELLED: CallReason.CANCELLED, Said.MOVED: CallReason.MOVED}
"""What is always said, with what a call is for when no text can say it."""
LONGEST_DELAY = timedelta(hours=6)
LEAST_NOTICE = timedelta(hours=1)
"""Before the hour that somebody would come for in vain."""


def remind_everybody(_row_id: int, _payload: dict[str, Any]) -> None:
    """Answer the outbox, every few minutes: say what is due now, one person and day at a time."""
    due = list_due(clock.now())
    db.session.rollback()
    told: set[tuple[int, date, Channel]] = set()
    for reminder in due:
        if (key := (reminder.reader_id, reminder.day, reminder.channel)) in told:
            continue
        told.add(key)
        try:
            remind(WORKER, INSTANCE, due=reminder)
        except IntegrityError:  # another worker was quicker: the database lets it happen once
            log.info("reminder_said_already", appointment=reminder.appointment_id)


def send_text(row_id: int, payload: dict[str, Any]) -> None:
    """Answer the outbox: look whether the text is true still and wanted, then let it leave."""
    appointment, reader = get_standing(payload["appointment"]), get_user(payload["reader"])
    said = Said(payload["said"])
    if appointment is None or reader is None or not _is_true(appointment, payload, said):
        db.session.rollback()
        return
    wish = map_preferences([reader.id])[reader.id]
    is_wanted = said in CHANGES or wish.by_sms
    number = reader.phone if reader.phone_proved_at else None
    link = absolute_url(link_of(appointment.id))
    words = text_messages.compose(appointment, reader, said, link)
    db.session.rollback()
    if number is None or not is_wanted or not sms.can_text():
        return
    kind = TextKind.CHANGE if said in CHANGES else TextKind.NOTICE
    try:
        sms.take_allowance(number, kind)
    except DomainError as refusal:
        if said in CHANGES:
            _delay_or_call(appointment, row_id, payload, refusal)
        else:  # the mail says the same: it does not wait for a telephone
            log.warning("appointment_text_dropped", id=appointment.id, reason=refusal.code)
        return
    let_text_leave(
        WORKER,
        INSTANCE,
        number=number,
        words=words,
        key=f"{text_messages.ABOUT_APPOINTMENT}-{row_id}",
    )


def send_text_about_offer(row_id: int, payload: dict[str, Any]) -> None:
    """Answer the outbox: look whether the hour is kept still, then let the text leave."""
    offer, reader = find_offer(payload["offer"]), get_user(payload["reader"])
    if offer is None or reader is None:
        db.session.rollback()
        return
    is_open = offer.answered_at is None and clock.now() < offer.expires_at
    is_wanted = map_preferences([reader.id])[reader.id].by_sms
    number = reader.phone if reader.phone_proved_at else None
    words = text_messages.compose_offer(offer, reader)
    db.session.rollback()
    if number is None or not (is_open and is_wanted and sms.can_text()):
        return
    try:
        sms.take_allowance(number, TextKind.NOTICE)
    except DomainError as refusal:  # the mail says the same: it does not wait for a telephone
        log.warning("waiting_text_refused", reason=refusal.code)
        return
    let_text_leave(
        WORKER, INSTANCE, number=number, words=words, key=f"{text_messages.ABOUT_OFFER}-{row_id}"
    )


def _delay_or_call(
    appointment: Appointment, row_id: int, payload: dict[str, Any], refusal: DomainError
) -> None:
    """Say a cancellation or a move later; when that is too late, have the team telephone."""
    now, said = clock.now(), Said(payload["said"])
    wait = getattr(refusal, "retry_after", None)
    again = None if wait is None else now + timedelta(seconds=wait)
    until = hour_to_warn_before(appointment, now)
    reason, over = refusal.code, appointment.starts_at
    db.session.rollback()
    if again is not None and again - now <= LONGEST_DELAY and again <= until - LEAST_NOTICE:
        log.warning("appointment_text_delayed", id=payload["appointment"], reason=reason)
        postpone_text(WORKER, INSTANCE, row_id=row_id, facts=payload, again=again, over=over)
        return
    log.warning("appointment_text_becomes_call", id=payload["appointment"], reason=reason)
    plan_call(
        WORKER,
        INSTANCE,
        appointment_id=appointment.id,
        sequence=appointment.sequence,
        reason=CHANGES[said],
    )


def _is_true(appointment: Appointment, payload: dict[str, Any], said: Said) -> bool:
    if said is Said.CANCELLED:
        return appointment.status is AppointmentStatus.CANCELLED
    return stands(appointment, payload["sequence"])
