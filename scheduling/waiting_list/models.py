"""Who waits for an earlier hour, what came free, what is offered."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    Date,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Identified, Model
from core.personal_data import After, Fate, declare
from scheduling.agendas.models import ConsultationType
from scheduling.appointments.models import Appointment
from scheduling.waiting_list.vocabulary import OfferAnswer

if TYPE_CHECKING:
    from patient.models import Enrolment
    from security.models import User


class WaitingListEntry(Identified, Model):
    """A wish for an earlier hour than the one that a patient has, or could have."""

    __tablename__ = "waiting_list_entries"
    __table_args__ = (
        Index(
            "uq_waiting_list_entries_one_live",
            "enrolment_id",
            "consultation_type_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    consultation_type_id: Mapped[int] = mapped_column(
        ForeignKey("consultation_types.id", ondelete="CASCADE"), index=True
    )
    caregiver_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """With whom only; None: with any caregiver of the bubble who offers the type."""
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="SET NULL"), index=True
    )
    """The appointment that an earlier hour would replace; None: there is none yet."""
    not_before: Mapped[date | None] = mapped_column(Date)
    not_after: Mapped[date | None] = mapped_column(Date)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    enrolment: Mapped[Enrolment] = relationship()
    consultation_type: Mapped[ConsultationType] = relationship()
    caregiver: Mapped[User | None] = relationship(foreign_keys=[caregiver_id])
    appointment: Mapped[Appointment | None] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """A wish is about its patient."""
        return ("patient", self.enrolment.patient_id)


class WaitingListOffer(Identified, Model):
    """One free hour, kept for one person of the waiting list for a while."""

    __tablename__ = "waiting_list_offers"
    __table_args__ = (
        Index(
            "uq_waiting_list_offers_one_open",
            "caregiver_id",
            "starts_at",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
        UniqueConstraint("entry_id", "caregiver_id", "starts_at"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("waiting_list_entries.id", ondelete="CASCADE"))
    hold_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    """The row that keeps the hour: the database guards it like any other."""
    caregiver_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """When it was taken, refused, or given to the next."""
    answer: Mapped[OfferAnswer | None]

    entry: Mapped[WaitingListEntry] = relationship()
    caregiver: Mapped[User] = relationship(foreign_keys=[caregiver_id])
    hold: Mapped[Appointment | None] = relationship(foreign_keys=[hold_id])

    def audit_about(self) -> tuple[str, int]:
        """An offer is about the patient who waits."""
        return self.entry.audit_about()


class FreedHour(Identified, Model):
    """A stretch of a caregiver's time that came back, until everybody who waits was asked."""

    __tablename__ = "freed_hours"
    __table_args__ = (Index("ix_freed_hours_caregiver_id_closed_at", "caregiver_id", "closed_at"),)

    caregiver_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    freed_at: Mapped[datetime]
    """Only those who waited by then are asked: to others it was free like any hour."""
    hold_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), unique=True
    )
    """The hold that ran out, and that is not to be counted twice."""
    closed_at: Mapped[datetime | None]
    """When nobody was left to ask: from then on it is free for all."""


declare(WaitingListEntry, Fate.ERASE, After(WaitingListEntry.ended_at, "retention.notice_months"))
declare(
    WaitingListOffer, Fate.ERASE, After(WaitingListOffer.answered_at, "retention.notice_months")
)
declare(FreedHour, Fate.ERASE, After(FreedHour.closed_at, "retention.notice_months"))
