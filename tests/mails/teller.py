"""What the stories of mails have at hand: people of one language, browsers, time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from core.database import db
from core.mail import MailboxMessage
from core.transaction import transaction
from security.models import User

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Cast
    from tests.conftest import Outbox, Travel
    from tests.mail_templates import Templates


EVERYWHERE = re.compile("^(--$|Envoyé par |Sent by |En cas d’urgence|Emergency:)")


@dataclass
class Teller:
    """One story in one language."""

    app: Flask
    cast: Cast
    sign_in: Callable[[User], FlaskClient]
    outbox: Outbox
    travel: Travel
    templates: Templates
    monkeypatch: pytest.MonkeyPatch
    read: Callable[[Any], Any]
    locale: str
    since: int = field(default=0)

    def speak(self) -> None:
        """Have everybody who has an account read this language."""
        with transaction():
            db.session.execute(update(User).values(locale=self.locale))

    def begin(self) -> None:
        """Leave out what was said so far."""
        self.outbox.deliver()
        self.since = db.session.scalar(select(func.max(MailboxMessage.id))) or 0
        db.session.rollback()

    def stranger(self) -> FlaskClient:
        """Return a browser that nobody has used, in this language."""
        client = self.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = self.locale
        client.environ_base["HTTP_USER_AGENT"] = (
            "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
        )
        return client

    def lines(self) -> list[str]:
        """Return all that left, sorted by reader."""
        self.outbox.deliver()
        query = select(MailboxMessage).where(MailboxMessage.id > self.since)
        rows = db.session.scalars(query.order_by(MailboxMessage.id))
        messages = sorted(self._message(row) for row in rows)
        db.session.rollback()
        return [line for lines in messages for line in ("", *lines)][1:]

    def _message(self, row: MailboxMessage) -> list[str]:
        reader = row.recipient.removesuffix("@example.org")
        if not row.html:
            return [f"text to {reader}", *_lines_of(row.text)]
        head = f"mail to {reader}, {self.templates.name_of(row.html)}: {_plain(row.subject)}"
        return [head, *_lines_of(row.text)]


def _plain(text: str) -> str:
    text = text.replace("\u00a0", " ").replace("\u202f", " ")
    text = re.sub(r"(?<=/)[\w-]{20,}", "…", text)
    return re.sub(r"\b\d{3} ?\d{3}\b", "000 000", text).rstrip()


def _lines_of(text: str) -> list[str]:
    """Return what is read, without blank lines and the last lines, which every mail has."""
    lines = [_plain(line) for line in text.strip().splitlines()]
    return [f"  {line}" for line in lines if line and not EVERYWHERE.search(line)]
