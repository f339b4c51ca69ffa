"""What becomes of the appointments that an absence hits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Identified, Model
from core.personal_data import Fate, Until, declare
from scheduling.agendas.models import Absence
from scheduling.appointments.models import Appointment
from scheduling.replanning.vocabulary import AbsenceDecision, ProposalAnswer


class AbsenceSettlement(Identified, Model):
    """What was decided about one appointment that an absence hits."""

    __tablename__ = "absence_settlements"
    __table_args__ = (UniqueConstraint("absence_id", "appointment_id"),)

    absence_id: Mapped[int] = mapped_column(ForeignKey("absences.id", ondelete="CASCADE"))
    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    decision: Mapped[AbsenceDecision]
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    absence: Mapped[Absence] = relationship()
    appointment: Mapped[Appointment] = relationship()


class HourProposal(Identified, Model):
    """A new hour, kept for a patient until they answer; the old appointment stands until then."""

    __tablename__ = "hour_proposals"
    __table_args__ = (
        Index(
            "uq_hour_proposals_one_open",
            "appointment_id",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"))
    hold_id: Mapped[int] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    """The row that keeps the new hour: the database guards it like any other."""
    starts_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[ProposalAnswer | None]

    appointment: Mapped[Appointment] = relationship(foreign_keys=[appointment_id])
    hold: Mapped[Appointment] = relationship(foreign_keys=[hold_id])

    def audit_about(self) -> tuple[str, int] | None:
        """A proposal is about its patient."""
        return self.appointment.audit_about()

    def is_open(self, now: datetime) -> bool:
        """Say whether the patient can answer still."""
        return self.answered_at is None and now < self.expires_at


declare(AbsenceSettlement, Fate.ERASE, Until.PARENT, columns=("decided_by_id",))
declare(HourProposal, Fate.ERASE, Until.PARENT, columns=("created_by_id",))
