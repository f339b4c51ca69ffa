"""Rows of what waits for a code that a telephone gets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core import tokens
from core.database import EncryptedText, Identified, Model
from core.personal_data import After, Fate, declare
from security.vocabulary import CodePurpose


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
    secret: Mapped[str] = mapped_column(String(43), default=tokens.new_token)
    """Given to nobody: its codes are bound to it."""
    number: Mapped[str] = mapped_column(String(16))
    new_password_hash: Mapped[str | None] = mapped_column(EncryptedText)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    finished_at: Mapped[datetime | None]


declare(PhoneProof, Fate.ERASE, After(PhoneProof.expires_at, "retention.ended_days"))
