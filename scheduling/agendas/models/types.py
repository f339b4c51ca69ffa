"""What can be booked, and what is asked then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Identified, Model
from core.personal_data import Fate, Until, declare
from scheduling.agendas.vocabulary import ConsultationMode, QuestionKind

if TYPE_CHECKING:
    from bubbles.models import Bubble
    from security.models import User


DEFAULT_REMINDERS = "10080,2880,1440,120"
"""Seven days, 48 hours, 24 hours and two hours before."""

consultation_type_caregivers = Table(
    "consultation_type_caregivers",
    Base.metadata,
    Column(
        "consultation_type_id",
        ForeignKey("consultation_types.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
)
"""Which caregivers of the bubble offer the type."""


class ConsultationType(Identified, Model):
    """What can be booked in a bubble; edited by its administrators only."""

    __tablename__ = "consultation_types"
    __table_args__ = (
        CheckConstraint("duration_minutes BETWEEN 5 AND 480", name="sensible_duration"),
    )

    bubble_id: Mapped[int] = mapped_column(ForeignKey("bubbles.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    duration_minutes: Mapped[int] = mapped_column(Integer)
    mode: Mapped[ConsultationMode]
    price_cents: Mapped[int | None] = mapped_column(Integer)
    reimbursement: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """What health insurance gives back, in the administrator's words."""
    buffer_before_minutes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    buffer_after_minutes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Time of the caregiver that goes with it, and that no patient sees."""
    is_bookable: Mapped[bool] = mapped_column(default=True)
    is_for_new: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    """Whether patients whom this caregiver has never seen may book it."""
    is_for_known: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    """Whether patients whom this caregiver has seen already may book it."""
    daily_maximum: Mapped[int | None] = mapped_column(Integer)
    """Of one caregiver, on one day of the place; None: no limit."""
    cancellation_notice_minutes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Patients may cancel or move online until so long before it begins."""
    video_link: Mapped[str] = mapped_column(String(300), default="", server_default="")
    instructions_before: Mapped[str] = mapped_column(Text, default="", server_default="")
    instructions_after: Mapped[str] = mapped_column(Text, default="", server_default="")
    reminder_minutes: Mapped[str] = mapped_column(
        String(60), default=DEFAULT_REMINDERS, server_default=DEFAULT_REMINDERS
    )
    """When patients are reminded, in minutes before it begins, separated by commas."""
    minimum_notice_minutes: Mapped[int] = mapped_column(Integer, default=60)
    horizon_days: Mapped[int] = mapped_column(Integer, default=90)
    removed_at: Mapped[datetime | None]

    bubble: Mapped[Bubble] = relationship()
    caregivers: Mapped[list[User]] = relationship(secondary=consultation_type_caregivers)
    questions: Mapped[list[Question]] = relationship(
        back_populates="consultation_type", order_by="Question.position"
    )

    @property
    def reminders(self) -> tuple[timedelta, ...]:
        """Return how long before it begins patients are reminded, the earliest reminder first."""
        minutes_before = {int(part) for part in self.reminder_minutes.split(",") if part}
        return tuple(timedelta(minutes=minutes) for minutes in sorted(minutes_before, reverse=True))


class Question(Identified, Model):
    """What a patient is asked when booking a consultation type."""

    __tablename__ = "questions"

    consultation_type_id: Mapped[int] = mapped_column(
        ForeignKey("consultation_types.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[QuestionKind]
    wording: Mapped[str] = mapped_column(String(200))
    choices: Mapped[str] = mapped_column(Text, default="")
    """One a line, for the kind « choice »."""
    is_required: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None]

    consultation_type: Mapped[ConsultationType] = relationship(back_populates="questions")


declare(
    consultation_type_caregivers,
    Fate.ERASE,
    Until.ACCOUNT,
    what="Which caregivers of the bubble offer a type",
)
declare(ConsultationType, Fate.NOBODY, Until.TEAM, reason="What a team offers")
declare(
    Question,
    Fate.NOBODY,
    Until.TEAM,
    reason="What a team asks; what is answered stands in `answers`",
)
