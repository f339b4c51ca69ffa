"""Promised hours, and what was said about them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import EncryptedText, Identified, Model
from core.personal_data import After, AfterAccount, Fate, Until, declare
from scheduling.agendas.models.agendas import Agenda
from scheduling.agendas.models.types import ConsultationType
from scheduling.appointments.vocabulary import (
    AppointmentStatus,
    Attendance,
    CallReason,
    ChangeKind,
    HeldFor,
)

if TYPE_CHECKING:
    from patient.models import Enrolment
    from security.models import User


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
    held_for: Mapped[HeldFor | None]
    """For whom it was kept before it was promised, if it ever was only kept."""
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
    cancellation_reason: Mapped[str | None] = mapped_column(EncryptedText)
    """In the words of who cancelled; read behind the sign-in only, never in a mail."""
    buffer_before_minutes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    buffer_after_minutes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """As the type asked when the hour was taken; judged under the lock, not by the guard."""
    attendance: Mapped[Attendance | None]
    attendance_noted_at: Mapped[datetime | None]
    instead_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    """Of an hour kept for a proposal: the appointment that would move to it."""
    series: Mapped[str | None] = mapped_column(String(40))
    """The same for all repetitions of one appointment."""
    overridden_rule: Mapped[str | None] = mapped_column(EncryptedText)
    """Why the caregiver booked over a rule of their agenda; None: no rule was in the way."""
    is_first_visit: Mapped[bool | None]
    """What the patient answered, or what is known: whether this caregiver had never seen them."""

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
        return self.status is AppointmentStatus.BOOKED or self.confirmed_at is not None

    def is_live_hold(self, now: datetime) -> bool:
        """Say whether the time is kept for somebody who has not confirmed yet."""
        return (
            self.status is AppointmentStatus.HELD
            and self.held_until is not None
            and now < self.held_until
        )


class Answer(Identified, Model):
    """What the patient answered to one question of the consultation type."""

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("appointment_id", "question_id"),)

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"))
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    wording: Mapped[str] = mapped_column(String(200))
    """The question as it was put."""
    text: Mapped[str] = mapped_column(EncryptedText)

    appointment: Mapped[Appointment] = relationship()


class AppointmentLink(Identified, Model):
    """The secret that a message carries to show, move or cancel one appointment."""

    __tablename__ = "appointment_links"

    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), unique=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token: Mapped[str] = mapped_column(EncryptedText)
    """Kept, because each later message carries the same link."""
    created_at: Mapped[datetime]

    appointment: Mapped[Appointment] = relationship()


class AppointmentChange(Identified, Model):
    """One step in the life of an appointment, for those who look after it."""

    __tablename__ = "appointment_changes"

    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[ChangeKind]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    from_starts_at: Mapped[datetime | None]
    """Where it was before it was moved."""

    appointment: Mapped[Appointment] = relationship()
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])


class CallTask(Identified, Model):
    """« Appeler le patient »: what no message can do, for the team."""

    __tablename__ = "call_tasks"
    __table_args__ = (UniqueConstraint("appointment_id", "sequence", "reason"),)

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"))
    sequence: Mapped[int] = mapped_column(Integer)
    reason: Mapped[CallReason]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    appointment: Mapped[Appointment] = relationship()
    done_by: Mapped[User | None] = relationship(foreign_keys=[done_by_id])

    def audit_about(self) -> tuple[str, int] | None:
        """A call is about its patient."""
        return self.appointment.audit_about()


declare(
    Appointment,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    After(
        Appointment.ends_at,  # until then it is known what was proposed or offered with it
        "retention.hold_days",
        only=(
            Appointment.status != AppointmentStatus.BOOKED,
            Appointment.confirmed_at.is_(None),
        ),
        words="an hour that was only held",
    ),
    columns=(
        "caregiver_id",
        "enrolment_id",
        "booked_by_id",
        "cancelled_by_id",
        "cancellation_reason",
        "overridden_rule",
    ),
    reason="Part of the team's record of care",
)
declare(
    Answer,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    columns=("text",),
    reason="Part of the team's record of care",
)
declare(AppointmentLink, Fate.ERASE, Until.PARENT)
declare(
    AppointmentChange,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    columns=("by_id",),
    reason="Part of the team's record of care",
)
declare(CallTask, Fate.ERASE, After(CallTask.done_at, "retention.notice_months"))
