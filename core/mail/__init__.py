"""E-mail: a name and some facts when it is queued, words when it leaves."""

from core.mail.letters import (
    Facts,
    Letter,
    Mail,
    Reader,
    mail,
    register_on_dead,
    register_reader_lookup,
    say,
)
from core.mail.mailbox import keep_in_mailbox
from core.mail.models import MailboxMessage
from core.mail.relay import compose, send_by_smtp
from core.mail.rendering import absolute_url, in_language
from core.mail.way_out import init_app

__all__ = [
    "Facts",
    "Letter",
    "Mail",
    "MailboxMessage",
    "Reader",
    "absolute_url",
    "compose",
    "in_language",
    "init_app",
    "keep_in_mailbox",
    "mail",
    "register_on_dead",
    "register_reader_lookup",
    "say",
    "send_by_smtp",
]
