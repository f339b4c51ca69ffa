"""Secret calendar addresses, who reads them, and events as they are written there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import EncryptedText, Identified, Model
from core.personal_data import After, Fate, Until, declare
from scheduling.agendas.models import Agenda
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars.vocabulary import DetailLevel


class FeedLink(Identified, Model):
    """A secret iCalendar address for one agenda on one device."""

    __tablename__ = "feed_links"

    agenda_id: Mapped[int] = mapped_column(ForeignKey("agendas.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    """« Mon téléphone »."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token: Mapped[str] = mapped_column(EncryptedText)
    """Kept to show the link again after a re-proof."""
    detail_level: Mapped[DetailLevel]
    created_at: Mapped[datetime]
    last_fetched_at: Mapped[datetime | None]
    last_program: Mapped[str] = mapped_column(String(80), default="")
    revoked_at: Mapped[datetime | None]
    warned_silent_at: Mapped[datetime | None]
    """When its maker was last told that nobody reads it any more."""

    agenda: Mapped[Agenda] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """A link is about whose agenda it opens."""
        return ("user", self.agenda.user_id)


class FeedReader(Identified, Model):
    """One program, from one network, that has read a calendar link."""

    __tablename__ = "feed_readers"
    __table_args__ = (UniqueConstraint("feed_link_id", "program", "network"),)

    feed_link_id: Mapped[int] = mapped_column(ForeignKey("feed_links.id", ondelete="CASCADE"))
    program: Mapped[str] = mapped_column(String(80))
    network: Mapped[str] = mapped_column(String(64))
    """The prefix of the address, hashed with a key: enough to tell a new place."""
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    reads: Mapped[int] = mapped_column(Integer, default=1)

    link: Mapped[FeedLink] = relationship()


class EventText(Model):
    """The hours of an appointment as calendars write them: neither its title nor its place.

    It counts only while everything it was written from is what it was: the appointment has the same
    hours, status and number, and ``edition`` is that of the place (``ical.edition``).
    """

    __tablename__ = "event_texts"

    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), primary_key=True
    )
    edition: Mapped[str] = mapped_column(String(16))
    sequence: Mapped[int] = mapped_column(Integer)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    status: Mapped[AppointmentStatus]
    opening: Mapped[str] = mapped_column(Text)
    """Its lines before title and place."""
    ending: Mapped[str] = mapped_column(Text)
    """Its lines after them."""


declare(FeedLink, Fate.ERASE, Until.ACCOUNT, After(FeedLink.revoked_at, "retention.reader_months"))
declare(FeedReader, Fate.ERASE, After(FeedReader.last_at, "retention.reader_months"))
declare(EventText, Fate.ERASE, Until.PARENT)
