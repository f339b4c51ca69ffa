"""What somebody has answered so far of a booking that they have not finished."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import EncryptedText, Identified, Model
from core.personal_data import After, Fate, declare

DRAFT_LIFE = timedelta(hours=24)


class BookingDraft(Identified, Model):
    """Answers to the questions of one consultation type, kept for a day for who gave them."""

    __tablename__ = "booking_drafts"
    __table_args__ = (UniqueConstraint("user_id", "patient_id", "consultation_type_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"))
    consultation_type_id: Mapped[int] = mapped_column(
        ForeignKey("consultation_types.id", ondelete="CASCADE")
    )
    answers: Mapped[str] = mapped_column(EncryptedText)
    """JSON: the number of each question with its answer."""
    kept_at: Mapped[datetime] = mapped_column(index=True)


declare(BookingDraft, Fate.ERASE, After(BookingDraft.kept_at, "retention.unfinished_hours"))
