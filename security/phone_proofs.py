"""Rows of what waits for a code that a telephone gets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import EncryptedText, Identified, Model
from security.vocabulary import CodePurpose, PhoneChannel


class PhoneProof(Identified, Model):
    """Something that a signed-in person asked for, and that a telephone must confirm."""

    __tablename__ = "phone_proofs"

    purpose: Mapped[CodePurpose]
    """``phone``: the number becomes the account's. ``password``: the new password replaces it."""
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    """The device that asked: nobody else can finish it."""
    number: Mapped[str] = mapped_column(String(16))
    new_password_hash: Mapped[str | None] = mapped_column(EncryptedText)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    finished_at: Mapped[datetime | None]


class PhoneCode(Identified, Model):
    """Six digits sent or spoken to a telephone, bound to the attempt that asked for them."""

    __tablename__ = "phone_codes"
    __table_args__ = (Index("ix_phone_codes_purpose_attempt_id", "purpose", "attempt_id"),)

    purpose: Mapped[CodePurpose]
    attempt_id: Mapped[int] = mapped_column(Integer)
    """Of the ``PhoneProof``, or of what else the purpose belongs to."""
    channel: Mapped[PhoneChannel]
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    outbox_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbox_messages.id", ondelete="SET NULL")
    )
    """How far the message got is told by its row."""
