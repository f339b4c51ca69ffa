"""Whose time it is, when it can be booked, and when it cannot."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Time,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, EncryptedText, Identified, Model
from core.personal_data import AfterAccount, Fate, Until, declare
from scheduling.agendas.models.types import ConsultationType
from scheduling.agendas.vocabulary import AbsenceKind

if TYPE_CHECKING:
    from bubbles.models import Bubble
    from security.models import User


availability_types = Table(
    "availability_types",
    Base.metadata,
    Column(
        "availability_id",
        ForeignKey("availabilities.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "consultation_type_id",
        ForeignKey("consultation_types.id", ondelete="CASCADE"),
        primary_key=True,
    ),
)
"""The only consultation types for which a weekly range is kept; none: all."""


class Agenda(Identified, Model):
    """One caregiver's agenda in one bubble; its version says that it changed."""

    __tablename__ = "agendas"
    __table_args__ = (UniqueConstraint("user_id", "bubble_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    bubble_id: Mapped[int] = mapped_column(ForeignKey("bubbles.id", ondelete="CASCADE"), index=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """Grows with each change that a calendar link shows: they answer « unchanged » from it."""
    changed_at: Mapped[datetime | None]
    """When ``version`` last grew: the date that calendar programs are told. None: nothing yet."""
    closed_at: Mapped[datetime | None]
    """Set when the caregiver leaves the bubble: links then give an empty calendar."""

    user: Mapped[User] = relationship()
    bubble: Mapped[Bubble] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """An agenda is about whose time it is."""
        return ("user", self.user_id)


class Availability(Identified, Model):
    """Weekly hours: wall-clock ranges in the time zone of the bubble's place."""

    __tablename__ = "availabilities"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    )

    agenda_id: Mapped[int] = mapped_column(ForeignKey("agendas.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int] = mapped_column(Integer)
    """0 is Monday."""
    starts_at: Mapped[time] = mapped_column(Time)
    ends_at: Mapped[time] = mapped_column(Time)
    """The last second of the day (23:59:59) stands for midnight."""
    valid_from: Mapped[date | None] = mapped_column(Date)
    """First day of the place on which it counts; None: always did."""
    valid_until: Mapped[date | None] = mapped_column(Date)
    """Last day of the place on which it counts; None: until further notice."""

    agenda: Mapped[Agenda] = relationship()
    consultation_types: Mapped[list[ConsultationType]] = relationship(secondary=availability_types)
    """For which only; none: for all."""


class ExceptionalHours(Identified, Model):
    """Hours of one single day, in place of the weekly ones: wall-clock at the place."""

    __tablename__ = "exceptional_hours"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    agenda_id: Mapped[int] = mapped_column(ForeignKey("agendas.id", ondelete="CASCADE"), index=True)
    day: Mapped[date] = mapped_column(Date)
    starts_at: Mapped[time] = mapped_column(Time)
    ends_at: Mapped[time] = mapped_column(Time)

    agenda: Mapped[Agenda] = relationship()


class Absence(Identified, Model):
    """A stretch of time in which a caregiver takes no appointment, in one bubble or in all."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_absences_user_id_starts_at", "user_id", "starts_at"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    agenda_id: Mapped[int | None] = mapped_column(
        ForeignKey("agendas.id", ondelete="CASCADE"), index=True
    )
    """None: every agenda of the caregiver."""
    kind: Mapped[AbsenceKind]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(EncryptedText, default="")
    """For the caregiver's own eyes."""
    series: Mapped[str | None] = mapped_column(String(40), index=True)
    """The same for all repetitions of one absence."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    agenda: Mapped[Agenda | None] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """An absence is about whose time it is."""
        return ("user", self.user_id)


declare(
    availability_types,
    Fate.NOBODY,
    Until.PARENT,
    reason="Which kinds of appointment a range is kept for",
    what="A kind of appointment for which a weekly range is kept",
)
declare(
    Agenda,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    columns=("user_id",),
    reason="Part of the team's record of care",
)
declare(Availability, Fate.ERASE, Until.PARENT)
declare(ExceptionalHours, Fate.ERASE, Until.PARENT)
declare(Absence, Fate.ERASE, Until.ACCOUNT)
