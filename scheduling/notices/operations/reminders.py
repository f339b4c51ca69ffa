"""Reminding people of their appointments, and texting them: decided when due, never before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core import clock, outbox, sms
from core.authorization import Actor, Instance, System, operation
from core.database import db
from scheduling.notices import text_messages
from scheduling.notices.emails.facts import stands
from scheduling.notices.emails.reminders import reminder
from scheduling.notices.models import Reminder
from scheduling.notices.policy import NoticePermission
from scheduling.notices.queries.reminders import (
    Due,
    get_standing,
    list_said,
    list_same_day,
    map_preferences,
)
from scheduling.notices.vocabulary import Channel, Said
from security.models import User
from security.queries import get_user

WORKER = System("reminders")


@operation(NoticePermission.REMIND)
def remind(_actor: Actor, _instance: Instance, *, due: Due) -> None:
    """Say one reminder, together with the reader's other appointments of that day."""
    first, reader = get_standing(due.appointment_id), get_user(due.reader_id)
    if reader is None or first is None or not stands(first, due.sequence):
        return
    group = list_same_day(first, reader.id)
    said = list_said([appointment.id for appointment in group])
    unsaid = [
        appointment
        for appointment in group
        if (appointment.id, appointment.sequence, due.minutes_before, reader.id, due.channel)
        not in said
    ]
    if first not in unsaid:  # or the reader acts for this patient no more
        return
    db.session.add_all(
        Reminder(
            appointment_id=appointment.id,
            sequence=appointment.sequence,
            minutes_before=due.minutes_before,
            user_id=reader.id,
            channel=due.channel,
            sent_at=clock.now(),
        )
        for appointment in unsaid
    )
    db.session.flush()  # said once: the database's own word is asked before anything is queued
    if due.channel is Channel.EMAIL:
        standing = [(appointment.id, appointment.sequence) for appointment in group]
        outbox.write([reminder(standing).to(reader.id, not_after=first.starts_at)])
    else:
        text = text_messages.about(
            first.id, first.sequence, reader.id, Said.REMINDED, not_after=first.starts_at
        )
        outbox.write([text])


@operation(NoticePermission.CHOOSE_REMINDERS)
def choose_reminders(_actor: User, owner: User, *, by_email: bool, by_sms: bool) -> None:
    """Choose how to be reminded; that an appointment is cancelled or moved is always said."""
    wish = map_preferences([owner.id])[owner.id]
    wish.by_email, wish.by_sms = by_email, by_sms
    db.session.add(wish)


@operation(NoticePermission.REMIND)
def let_text_leave(
    _actor: Actor, _instance: Instance, *, number: str, words: str, key: str
) -> None:
    """Queue one text; the same ``key`` queues it once."""
    sms.send_sms_once(number, words, key=key)


@operation(NoticePermission.REMIND)
def postpone_text(
    _actor: Actor,
    _instance: Instance,
    *,
    row_id: int,
    facts: dict[str, Any],
    again: datetime,
    over: datetime,
) -> None:
    """Have a text tried again later, in the place of the row whose turn it was."""
    outbox.write([text_messages.postponed(facts, row_id, not_before=again, not_after=over)])
