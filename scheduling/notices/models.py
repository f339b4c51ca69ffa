"""Who is reminded by which ways, what was said, who must be called."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Identified, Model
from core.personal_data import After, Fate, Until, declare
from scheduling.appointments.models import Appointment
from scheduling.notices.vocabulary import Channel


class ReminderPreference(Identified, Model):
    """By which ways one person wants to be reminded of appointments."""

    __tablename__ = "reminder_preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    by_email: Mapped[bool] = mapped_column(default=True)
    by_sms: Mapped[bool] = mapped_column(default=True)


class Reminder(Identified, Model):
    """That one appointment, as it stood, was reminded of; the database lets it happen once."""

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("appointment_id", "sequence", "minutes_before", "user_id", "channel"),
    )

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"))
    sequence: Mapped[int] = mapped_column(Integer)
    """Of the appointment: one that was moved is reminded of anew."""
    minutes_before: Mapped[int] = mapped_column(Integer)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    channel: Mapped[Channel]
    sent_at: Mapped[datetime]

    appointment: Mapped[Appointment] = relationship()


declare(ReminderPreference, Fate.ERASE, Until.ACCOUNT)
declare(Reminder, Fate.ERASE, After(Reminder.sent_at, "retention.notice_months"))
