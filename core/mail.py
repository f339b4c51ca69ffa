"""E-mail: written in the recipient's language, queued with the fact, sent by the worker."""

from __future__ import annotations

import re
import smtplib
import ssl
import sys
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app
from flask_babel import force_locale
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core import bidi, clock, outbox
from core.database import EncryptedText, Identified, Model, db
from core.personal_data import After, Fate, declare
from core.transaction import transaction
from core.wording import typographic

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Config, MailConfig
    from core.outbox import OutboxMessage

log = structlog.get_logger(__name__)
KIND = "mail"
METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


class MailboxMessage(Identified, Model):
    """A mail, or a message to a telephone, that did not leave: the demo mailbox page shows it."""

    __tablename__ = "mailbox_messages"

    at: Mapped[datetime]
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(EncryptedText)
    html: Mapped[str] = mapped_column(Text)
    calendar: Mapped[str | None] = mapped_column(EncryptedText)
    """The calendar parts, one after the other, as they would have left."""


def send_mail(
    to: str,
    template: str,
    *,
    subject: str,
    locale: str,
    context: dict[str, Any],
    dedupe_key: str | None = None,
    not_after: datetime | None = None,
    calendars: Sequence[str] = (),
) -> OutboxMessage | None:
    """Queue one mail in the current transaction.

    ``template`` names ``emails/<template>.txt`` and ``.html``; ``subject`` is already in the
    recipient's language (build it under ``in_language``). Line breaks in it are removed. Nothing
    of the request at hand gets into a mail: commands and the worker write the same one.
    ``calendars`` are iCalendar objects with their METHOD, which mail programs offer to put into
    the reader's calendar (RFC 6047); one object speaks of one event.
    """
    templates = current_app.jinja_env
    with force_locale(locale):
        plain = templates.get_template(f"emails/{template}.txt").render(context)
        text = typographic(plain, locale)
        html = templates.get_template(f"emails/{template}.html").render(context, subject=subject)
    payload = {
        "to": to,
        "subject": bidi.tamed(" ".join(subject.split())),
        "text": text,
        "html": html,
    }
    return outbox.enqueue(
        KIND,
        payload | ({"calendars": list(calendars)} if calendars else {}),
        dedupe_key=dedupe_key,
        not_after=not_after,
    )


in_language = force_locale
"""``with in_language("fr"): subject = gettext("…")``."""


def compose(payload: dict[str, Any], *, sender: str, message_id: str) -> EmailMessage:
    """Build the message; ``message_id`` is stable over retries: receivers can drop doubles."""
    message = EmailMessage()
    name, address = parseaddr(sender)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=payload["to"])
    message["Subject"] = payload["subject"]
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(payload["text"])
    message.add_alternative(payload["html"], subtype="html")
    calendars = payload.get("calendars", ())
    if len(calendars) == 1:
        message.add_alternative(calendars[0], subtype="calendar", params=_method(calendars[0]))
    else:
        for number, one in enumerate(calendars, start=1):
            message.add_attachment(
                one, subtype="calendar", params=_method(one), filename=f"{number}.ics"
            )
    return message


def _method(calendar: str) -> dict[str, str]:
    found = METHOD.search(calendar)
    return {"method": found.group(1)} if found else {}


def send_by_smtp(config: MailConfig, message: EmailMessage) -> None:
    """Hand one message to the relay.

    Raises:
        OSError, smtplib.SMTPException: it was not accepted; every wait is bounded.
    """
    context = ssl.create_default_context()
    if config.smtp_security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            config.smtp_host, config.smtp_port, timeout=config.smtp_timeout, context=context
        )
    else:
        client = smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=config.smtp_timeout)
    with client:
        if config.smtp_security == "starttls":
            client.starttls(context=context)
        if config.smtp_user:
            client.login(config.smtp_user, config.smtp_password)
        client.send_message(message)


def keep_in_mailbox(payload: dict[str, Any], *, kind: str = "e-mail") -> None:
    """Put a mail, or what a telephone gets, where the mailbox page and the terminal show it."""
    with transaction():
        db.session.add(
            MailboxMessage(
                at=clock.now(),
                recipient=payload["to"],
                subject=payload["subject"],
                text=payload["text"],
                html=payload["html"],
                calendar="".join(payload.get("calendars", ())) or None,
            )
        )
    lines = [f"À : {payload['to']}", f"Objet : {payload['subject']}", "", payload["text"].strip()]
    box = ["", f"┌─ {kind}", *(f"│ {line}" for line in "\n".join(lines).split("\n")), "└─"]
    sys.stdout.write("\n".join([*box, ""]))
    sys.stdout.flush()


def init_app(app: Flask, config: Config) -> None:
    """Choose the way out."""
    domain = parseaddr(config.mail.sender)[1].rpartition("@")[2]

    def handle(row_id: int, payload: dict[str, Any]) -> None:
        if config.mail.backend == "mailbox":
            keep_in_mailbox(payload)
            return
        message = compose(
            payload, sender=config.mail.sender, message_id=f"<outbox-{row_id}@{domain}>"
        )
        send_by_smtp(config.mail, message)

    outbox.register_handler(KIND, handle)
    app.jinja_env.globals["base_url"] = config.base_url


def absolute_url(path: str) -> str:
    """Turn a path of ours into the address that mails carry: from settings, not the request."""
    base: str = current_app.config["ALVEOLE"].base_url
    return f"{base}{path}"


declare(MailboxMessage, Fate.ERASE, After(MailboxMessage.at, "retention.mailbox_days"))
