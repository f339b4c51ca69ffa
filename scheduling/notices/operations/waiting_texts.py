"""The text message that goes with an offered hour: sent while it is true, to who wants texts."""

from __future__ import annotations

from typing import Any

import structlog

from core import clock, sms
from core.authorization import INSTANCE, System
from core.database import db
from core.errors import DomainError
from core.sms import TextKind
from scheduling.notices.emails import waiting as emails
from scheduling.notices.operations.reminders import let_text_leave
from scheduling.notices.queries.reminders import map_preferences
from scheduling.waiting_list.queries import find_offer
from security.queries import get_user

log = structlog.get_logger(__name__)
WORKER = System("waiting list")


def send_text(row_id: int, payload: dict[str, Any]) -> None:
    """Answer the outbox: look whether the hour is kept still, then let the text leave."""
    offer, reader = find_offer(payload["offer"]), get_user(payload["reader"])
    if offer is None or reader is None:
        db.session.rollback()
        return
    is_open = offer.answered_at is None and clock.now() < offer.expires_at
    is_wanted = map_preferences([reader.id])[reader.id].by_sms
    number = reader.phone if reader.phone_proved_at else None
    words = emails.compose_text(offer, reader)
    db.session.rollback()
    if number is None or not (is_open and is_wanted and sms.can_text()):
        return
    try:
        sms.take_allowance(number, TextKind.NOTICE)
    except DomainError as refusal:  # the mail says the same: it does not wait for a telephone
        log.warning("waiting_text_refused", reason=refusal.code)
        return
    let_text_leave(WORKER, INSTANCE, number=number, words=words, key=f"{emails.TEXT}-{row_id}")
