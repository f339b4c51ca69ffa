"""Handing a mail to the relay, and what its answers mean for the next try."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any

from core import clock
from core.outbox import AwayError, RefusedForGoodError
from core.outbox.leases import require_held

if TYPE_CHECKING:
    from core.config import MailConfig

ANSWER_PATIENCE = 12
"""A relay may take this many times the usual wait to accept a whole mail (RFC 5321 § 4.5.3.2.6)."""
PERMANENT = 500
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
OF_THE_HOST = re.compile(r"5\.[347]\.")
"""System, network, policy: somebody mends it (RFC 3463)."""
METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


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
        for number, calendar in enumerate(calendars, start=1):
            message.add_attachment(
                calendar, subtype="calendar", params=_method(calendar), filename=f"{number}.ics"
            )
    return message


def _method(calendar: str) -> dict[str, str]:
    match = METHOD.search(calendar)
    return {"method": match.group(1)} if match else {}


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
