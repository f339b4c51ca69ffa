"""Consultation types, weekly hours, appointments, calendar links."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    Column,
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
from scheduling.vocabulary import AppointmentStatus, ConsultationMode, DetailLevel

if TYPE_CHECKING:
    from bubbles.models import Bubble
    from patient.models import Enrolment
    from security.models import User

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
    is_bookable: Mapped[bool] = mapped_column(default=True)
    minimum_notice_minutes: Mapped[int] = mapped_column(Integer, default=60)
    horizon_days: Mapped[int] = mapped_column(Integer, default=90)
    removed_at: Mapped[datetime | None]

    bubble: Mapped[Bubble] = relationship()
    caregivers: Mapped[list[User]] = relationship(secondary=consultation_type_caregivers)


class Agenda(Identified, Model):
    """One caregiver's agenda in one bubble; its version says that it changed."""

    __tablename__ = "agendas"
    __table_args__ = (UniqueConstraint("user_id", "bubble_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    bubble_id: Mapped[int] = mapped_column(ForeignKey("bubbles.id", ondelete="CASCADE"), index=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """Grows with each change of an appointment: calendar links answer « unchanged » from it."""
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

    agenda: Mapped[Agenda] = relationship()


class Appointment(Identified, Model):
    """A caregiver's time, held or promised to a patient. The database refuses any overlap."""

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("status <> 'held' OR held_until IS NOT NULL", name="hold_has_an_end"),
        Index("ix_appointments_caregiver_id_starts_at", "caregiver_id", "starts_at"),
        Index("ix_appointments_agenda_id_starts_at", "agenda_id", "starts_at"),
    )

    caregiver_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    """The caregiver's account: their time is one, whatever the bubble."""
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agendas.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), index=True)
    consultation_type_id: Mapped[int] = mapped_column(ForeignKey("consultation_types.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[AppointmentStatus]
    held_until: Mapped[datetime | None]
    hold_extended: Mapped[bool] = mapped_column(default=False)
    booked_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    uid: Mapped[str] = mapped_column(String(80), unique=True)
    """iCalendar UID: stable for life."""
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    """iCalendar SEQUENCE: only grows."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """A hold that was given up never had it: it is nobody's cancelled appointment."""
    cancelled_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    caregiver: Mapped[User] = relationship(foreign_keys=[caregiver_id])
    agenda: Mapped[Agenda] = relationship()
    enrolment: Mapped[Enrolment] = relationship()
    consultation_type: Mapped[ConsultationType] = relationship()

    @property
    def minutes(self) -> int:
        """Return how long it lasts."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    def audit_about(self) -> tuple[str, int] | None:
        """An appointment is about its patient."""
        return ("patient", self.enrolment.patient_id) if self.enrolment else None

    @property
    def is_known_to_caregiver(self) -> bool:
        """A hold is nobody's business but of who holds it; what was once promised is theirs."""
        return self.status is AppointmentStatus.CONFIRMED or self.confirmed_at is not None

    def is_live_hold(self, now: datetime) -> bool:
        """Say whether the time is kept for somebody who has not confirmed yet."""
        return (
            self.status is AppointmentStatus.HELD
            and self.held_until is not None
            and now < self.held_until
        )


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

    agenda: Mapped[Agenda] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """A link is about whose agenda it opens."""
        return ("user", self.agenda.user_id)
