"""The professional face of a user, and the papers behind it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from caregiver.vocabulary import DocumentType
from core.database import Identified, Model

if TYPE_CHECKING:
    from security.models import User
    from uploads.models import StoredFile


class Caregiver(Identified, Model):
    """One per user who is a caregiver anywhere; made when their first invitation is accepted."""

    __tablename__ = "caregivers"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    profession: Mapped[str] = mapped_column(String(80), default="")
    """« Infirmière », « Psychologue »: as the person writes it."""
    created_at: Mapped[datetime]

    user: Mapped[User] = relationship()
    documents: Mapped[list[AdministrativeDocument]] = relationship(
        back_populates="caregiver", cascade="all, delete-orphan"
    )

    def audit_about(self) -> tuple[str, int]:
        """A professional face is about its user."""
        return ("user", self.user_id)


class AdministrativeDocument(Identified, Model):
    """One paper: an identity card, an insurance certificate, a diploma."""

    __tablename__ = "administrative_documents"

    caregiver_id: Mapped[int] = mapped_column(
        ForeignKey("caregivers.id", ondelete="CASCADE"), index=True
    )
    type: Mapped[DocumentType]
    label: Mapped[str] = mapped_column(String(80), default="")
    """Free words, for « Autre »."""
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    added_at: Mapped[datetime]

    caregiver: Mapped[Caregiver] = relationship(back_populates="documents")
    file: Mapped[StoredFile] = relationship()
