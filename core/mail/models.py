"""The mailbox of the demonstration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import EncryptedText, Identified, Model
from core.personal_data import After, Fate, declare


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


declare(MailboxMessage, Fate.ERASE, After(MailboxMessage.at, "retention.mailbox_days"))
