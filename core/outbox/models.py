"""The tables of what must leave: messages, what each is about, and the workers that send them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, Integer, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import EncryptedText, Identified, Model
from core.personal_data import After, Fate, Until, declare


class OutboxState(StrEnum):
    """Where a message is on its way."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    """Withdrawn, or of no use any more before it could leave."""
    DEAD = "dead"
    """Refused for good, or refused until nobody tries any more."""


class Lane(StrEnum):
    """Which messages never wait behind which."""

    URGENT = "urgent"
    """Somebody waits for it now: codes, alarms."""
    ORDINARY = "ordinary"


class About(NamedTuple):
    """One thing that a message is about: « appointment », 12."""

    kind: str
    id: int


class OutboxMessage(Identified, Model):
    """An e-mail, or any other thing that must leave."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index("ix_outbox_messages_state_not_before", "state", "not_before"),
        Index("ix_outbox_messages_state_lane_not_before", "state", "lane", "not_before"),
    )

    kind: Mapped[str] = mapped_column(String(40))
    lane: Mapped[Lane] = mapped_column(default=Lane.ORDINARY, server_default=Lane.ORDINARY.value)
    dedupe_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    payload: Mapped[str | None] = mapped_column(EncryptedText)
    """JSON, encrypted. Forgotten once the message has left; a dead one keeps it for another try."""
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.QUEUED)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When it might leave first; empty in rows that an older version wrote."""
    not_before: Mapped[datetime]
    """When it is tried next."""
    not_after: Mapped[datetime | None]
    """Until when it is of use, where its author said so."""
    worker: Mapped[str | None] = mapped_column(String(80))
    lease: Mapped[str | None] = mapped_column(String(43))
    """Drawn anew at each claim: who lost it can no longer write the outcome."""
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    done_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    """When whoever must know that it did not leave was told; only then its end is complete."""
    last_error: Mapped[str | None] = mapped_column(Text)


_is_told = OutboxMessage.told_at.is_not(None)
declare(
    OutboxMessage,
    Fate.ERASE,
    After(
        OutboxMessage.done_at,
        "retention.sent_days",
        only=(OutboxMessage.state == OutboxState.ACCEPTED,),
        words="it has left",
    ),
    After(
        OutboxMessage.done_at,
        "retention.unsent_days",
        only=(OutboxMessage.state.in_((OutboxState.EXPIRED, OutboxState.DEAD)), _is_told),
        words="it could not leave",
    ),
    columns=("payload", "dedupe_key"),
)


class OutboxAbout(Model):
    """One thing that a message is about; several rows for a message about several things."""

    __tablename__ = "outbox_abouts"
    __table_args__ = (Index("ix_outbox_abouts_about_kind_about_id", "about_kind", "about_id"),)

    message_id: Mapped[int] = mapped_column(
        ForeignKey("outbox_messages.id", ondelete="CASCADE"), primary_key=True
    )
    about_kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    about_id: Mapped[int] = mapped_column(Integer, primary_key=True)


declare(OutboxAbout, Fate.ERASE, Until.PARENT)


class OutboxWorker(Identified, Model):
    """One worker, with its last sign of life."""

    __tablename__ = "outbox_workers"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    resting: Mapped[str] = mapped_column(Text, default="")
    """The destinations that it leaves alone for the moment, by commas."""


declare(
    OutboxWorker,
    Fate.NOBODY,
    Until.INSTANCE,
    reason="The name and the host are those of a machine; each row ends with its worker",
)
first_due_at = func.coalesce(OutboxMessage.due_at, OutboxMessage.created_at)
