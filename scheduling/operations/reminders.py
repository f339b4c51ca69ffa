"""Reminding people of their appointments, and texting them: decided when due, never before."""

from __future__ import annotations

from datetime import date
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError

from core import clock, sms
from core.authorization import INSTANCE, Actor, Instance, System, operation
from core.database import db
from core.errors import DomainError
from core.mail import absolute_url
from scheduling import emails
from scheduling.emails import texts
from scheduling.models import Appointment, Reminder, ReminderPreference
from scheduling.policy import SchedulingPermission
from scheduling.queries.reminders import (
    Due,
    get_standing,
    list_due,
    list_same_day,
    map_preferences,
    message_path,
    was_said,
)
from scheduling.vocabulary import AppointmentStatus, Channel, Said
from security.models import User
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


@operation(SchedulingPermission.REMIND)
def remind(_actor: Actor, _instance: Instance, *, due: Due) -> None:
    """Say one reminder, together with the reader's other appointments of that day."""
    first, reader = get_standing(due.appointment_id), get_user(due.reader_id)
    if reader is None or first is None or not _stands(first, due.sequence):
        return
    group = list_same_day(first, reader.id)
    db.session.add_all(
        Reminder(
            appointment_id=one.id,
            sequence=one.sequence,
            minutes_before=due.minutes_before,
            user_id=reader.id,
            channel=due.channel,
            sent_at=clock.now(),
        )
        for one in group
        if not was_said(one, due.minutes_before, reader.id, due.channel)
    )
    db.session.flush()  # said once: the database's own word is asked before anything is queued
    if due.channel is Channel.EMAIL:
        emails.reminder(group, reader)
    else:
        texts.plan(first, reader, Said.REMINDED)


@operation(SchedulingPermission.CHOOSE_REMINDERS)
def choose_reminders(_actor: User, owner: User, *, by_email: bool, by_sms: bool) -> None:
    """Choose how to be reminded; that an appointment is cancelled or moved is always said."""
    wish = map_preferences([owner.id])[owner.id]
    wish.by_email, wish.by_sms = by_email, by_sms
    db.session.add(wish)


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


@operation(SchedulingPermission.REMIND)
def let_text_leave(
    _actor: Actor, _instance: Instance, *, number: str, words: str, key: str
) -> None:
    """Queue one text; the same ``key`` queues it once."""
    sms.send_sms_once(number, words, key=key)


def _stands(appointment: Appointment, sequence: int) -> bool:
    return (
        appointment.status is AppointmentStatus.CONFIRMED
        and appointment.sequence == sequence
        and appointment.starts_at > clock.now()
    )


def _is_true(appointment: Appointment, payload: dict[str, Any], said: Said) -> bool:
    if said is Said.CANCELLED:
        return appointment.status is AppointmentStatus.CANCELLED
    return _stands(appointment, payload["sequence"])
