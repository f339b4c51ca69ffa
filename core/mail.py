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
from core.outbox import AwayError, RefusedForGoodError
from core.outbox.leases import require_held
from core.personal_data import After, Fate, declare
from core.transaction import transaction
from core.wording import typographic

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Config, MailConfig

log = structlog.get_logger(__name__)
KIND = "mail"
ANSWER_PATIENCE = 12
"""A relay may take this many times the usual wait to accept a whole mail (RFC 5321 § 4.5.3.2.6)."""
PERMANENT = 500
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
OF_THE_HOST = re.compile(r"5\.[347]\.")
"""System, network, policy: somebody mends it (RFC 3463)."""
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
) -> int | None:
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
        RefusedForGoodError: there is no such mailbox, or the mail itself is refused.
        AwayError: the relay cannot be reached, or takes nothing from us; every wait is bounded.
        NotTakenError: it does not take this mail now.
    """
    try:
        with _connect(config) as client:
            require_held()
            client.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, answer), *_others] = error.recipients.values()
        raise _refusal(code, answer) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPResponseException as error:
        raise AwayError(_said(error.smtp_code, error.smtp_error)) from error
    except OSError as error:  # smtplib's own errors are some, too
        raise AwayError(f"{type(error).__name__}: {error}") from error


class NotTakenError(Exception):
    """The relay does not take this mail now; others it may."""


class _Client(smtplib.SMTP):
    """Waits longer for the answer to a whole mail: giving up there sends it twice."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout((self.sock.gettimeout() or 0) * ANSWER_PATIENCE)
        return super().data(msg)


class _TlsClient(_Client, smtplib.SMTP_SSL):
    """The same, on a line that is encrypted from the first byte."""


def _connect(config: MailConfig) -> smtplib.SMTP:
    context = ssl.create_default_context()
    at = (config.smtp_host, config.smtp_port)
    if config.smtp_security == "tls":
        client: smtplib.SMTP = _TlsClient(*at, timeout=config.smtp_timeout, context=context)
    else:
        client = _Client(*at, timeout=config.smtp_timeout)
    try:
        if config.smtp_security == "starttls":
            client.starttls(context=context)
        if config.smtp_user:
            client.login(config.smtp_user, config.smtp_password)
    except BaseException:
        client.close()
        raise
    return client


def _refusal(code: int, answer: bytes | str) -> Exception:
    """Tell a mailbox that does not exist from a relay that wants something of the host first."""
    said = _said(code, answer)
    is_for_good = code >= PERMANENT and not OF_THE_HOST.match(said.partition(" ")[2])
    return (RefusedForGoodError if is_for_good else NotTakenError)(said)


def _said(code: int, answer: bytes | str) -> str:
    """Keep the numbers of an answer: its words may repeat the address."""
    text = answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer
    enhanced = ENHANCED.match(text)
    return f"{code} {enhanced.group()}" if enhanced else str(code)


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

    relay = f"{config.mail.smtp_host}:{config.mail.smtp_port}"
    outbox.register_handler(
        KIND, handle, destination=relay if config.mail.backend == "smtp" else ""
    )
    app.jinja_env.globals["base_url"] = config.base_url


def absolute_url(path: str) -> str:
    """Turn a path of ours into the address that mails carry: from settings, not the request."""
    base: str = current_app.config["ALVEOLE"].base_url
    return f"{base}{path}"


declare(MailboxMessage, Fate.ERASE, After(MailboxMessage.at, "retention.mailbox_days"))
