"""Warnings that also go to the telephone: whoever reads the mails may not be their owner.

The row is written with the fact; the worker asks the brakes and the budget when it is due.
"""

from __future__ import annotations

from typing import Any

import structlog

from core import outbox, sms
from core.authorization import System, operation
from core.errors import DomainError
from core.sms import TextKind
from security import text_messages
from security.models import User
from security.operations import codes
from security.policy import AccountPermission
from security.queries import get_user
from security.vocabulary import CodeChannel

log = structlog.get_logger(__name__)
KIND = "warning_text"


def warn_by_text(user: User, not_me_url: str) -> None:
    """Have the proved telephone warned; part of the current transaction."""
    if user.phone and user.phone_proved_at is not None:
        outbox.enqueue(KIND, {"user": user.id, "url": not_me_url})


def send_when_due(_message_id: int, payload: dict[str, Any]) -> None:
    """Send the warning, unless a brake or the budget says no: the mail has said it already."""
    user = get_user(payload["user"])
    if user is None or not user.phone or user.phone_proved_at is None:
        return
    if CodeChannel.SMS not in codes.channels_for(user.phone):
        return
    try:
        sms.take_allowance(user.phone, TextKind.WARNING)
    except DomainError as error:
        log.warning("phone_not_warned", user=user.id, reason=error.code)
        return
    send_warning(System("a warning by text message"), user, url=payload["url"])


@operation(AccountPermission.WARN_OWNER)
def send_warning(_actor: System, user: User, *, url: str) -> None:
    """Say that somebody is at work on the account, and where to stop them."""
    if user.phone:
        text_messages.send_warning(user.phone, url, user.locale)
