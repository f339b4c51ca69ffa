"""The professional face of a user, and the papers behind it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import JSON, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from caregiver.vocabulary import DocumentType, FeeSector, LineKind, Standing, Verdict
from core.database import Identified, Model
from core.personal_data import Fate, Until, declare

if TYPE_CHECKING:
    from bubbles.models import Bubble
    from security.models import User
    from uploads.models import StoredFile

SOON = timedelta(days=60)
"""From when on a paper that ends is said to end soon: the first reminder leaves then."""


class Caregiver(Identified, Model):
    """One per user who is a caregiver anywhere; made when their first invitation is accepted."""

    __tablename__ = "caregivers"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    profession: Mapped[str] = mapped_column(String(80), default="")
    """« Infirmière », « Psychologue »: as the person writes it."""
    title: Mapped[str | None] = mapped_column(String(20))
    """« Dr », « Pr »: it begins the display name."""
    given_name: Mapped[str | None] = mapped_column(String(80))
    family_name: Mapped[str | None] = mapped_column(String(80))
    """Unknown until the profile is first saved: the display name says both until then."""
    created_at: Mapped[datetime]

    user: Mapped[User] = relationship()
    documents: Mapped[list[AdministrativeDocument]] = relationship(
        back_populates="caregiver", cascade="all, delete-orphan"
    )
    presentation: Mapped[Presentation | None] = relationship(
        back_populates="caregiver", cascade="all, delete-orphan"
    )
    lines: Mapped[list[ProfileLine]] = relationship(
        back_populates="caregiver",
        cascade="all, delete-orphan",
        order_by="ProfileLine.position",
    )

    def audit_about(self) -> tuple[str, int]:
        """A professional face is about its user."""
        return ("user", self.user_id)


class Presentation(Identified, Model):
    """What patients read of a caregiver before they choose one; every part is optional."""

    __tablename__ = "presentations"

    caregiver_id: Mapped[int] = mapped_column(
        ForeignKey("caregivers.id", ondelete="CASCADE"), unique=True
    )
    about: Mapped[str] = mapped_column(Text, default="")
    acts: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What the person does: « Pansements », « Prises de sang »."""
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    payment: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Values of ``PaymentMethod``."""
    sector: Mapped[FeeSector | None]
    updated_at: Mapped[datetime]

    caregiver: Mapped[Caregiver] = relationship(back_populates="presentation")


class ProfileLine(Identified, Model):
    """One line of a career, of the diplomas or of the fees, at its place."""

    __tablename__ = "profile_lines"
    __table_args__ = (UniqueConstraint("caregiver_id", "kind", "position"),)

    caregiver_id: Mapped[int] = mapped_column(ForeignKey("caregivers.id", ondelete="CASCADE"))
    kind: Mapped[LineKind]
    position: Mapped[int] = mapped_column(Integer)
    period: Mapped[str] = mapped_column(String(40), default="")
    """« Depuis 2016 », « 2009 »."""
    words: Mapped[str] = mapped_column(String(160))
    cents: Mapped[int | None] = mapped_column(Integer)
    """A price, for the fees."""

    caregiver: Mapped[Caregiver] = relationship(back_populates="lines")


class Portrait(Identified, Model):
    """The photo that stands for an account: a square, shown as a circle."""

    __tablename__ = "portraits"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"), unique=True)
    taken_at: Mapped[datetime]
    """When it was put there."""

    user: Mapped[User] = relationship()
    file: Mapped[StoredFile] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """A photo is about whom it shows."""
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
    """The file of the present version: the release before versions reads it here."""
    added_at: Mapped[datetime]

    caregiver: Mapped[Caregiver] = relationship(back_populates="documents")
    file: Mapped[StoredFile] = relationship()
    versions: Mapped[list[DocumentVersion]] = relationship(
        back_populates="document",
        cascade="all, delete-orphan",
        order_by="DocumentVersion.number",
    )
    shares: Mapped[list[DocumentShare]] = relationship(
        back_populates="document", cascade="all, delete-orphan", order_by="DocumentShare.id"
    )

    @property
    def current(self) -> DocumentVersion:
        """Return the version that counts: the newest."""
        return self.versions[-1]

    def version(self, number: int) -> DocumentVersion | None:
        """Return one of the versions."""
        return next((version for version in self.versions if version.number == number), None)

    def audit_about(self) -> tuple[str, int]:
        """A paper is about its owner."""
        return ("user", self.caregiver.user_id)


class DocumentVersion(Identified, Model):
    """What a paper was from some day on; earlier ones stay readable by its owner."""

    __tablename__ = "document_versions"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    document_id: Mapped[int] = mapped_column(
        ForeignKey("administrative_documents.id", ondelete="CASCADE")
    )
    number: Mapped[int] = mapped_column(Integer)
    """From 1 on, without gaps."""
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"), index=True)
    expires_on: Mapped[date | None] = mapped_column(Date, index=True)
    """The last day on which it is good."""
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    document: Mapped[AdministrativeDocument] = relationship(back_populates="versions")
    file: Mapped[StoredFile] = relationship()
    added_by: Mapped[User | None] = relationship()
    reviews: Mapped[list[DocumentReview]] = relationship(
        back_populates="version", cascade="all, delete-orphan", order_by="DocumentReview.id"
    )

    def days_left(self, today: date) -> int | None:
        """Return the days after this one on which it is still good; negative once it is over."""
        return None if self.expires_on is None else (self.expires_on - today).days

    def is_expired(self, today: date) -> bool:
        """Say whether its last day has passed."""
        return self.expires_on is not None and self.expires_on < today

    def expires_soon(self, today: date) -> bool:
        """Say whether it is good today, and not for long."""
        return self.expires_on is not None and today <= self.expires_on <= today + SOON

    def review_in(self, bubble_id: int) -> DocumentReview | None:
        """Return what one bubble said of this version."""
        return next((review for review in self.reviews if review.bubble_id == bubble_id), None)

    def standing_in(self, bubble_id: int, today: date) -> Standing:
        """Say where this version stands with one bubble, the most pressing thing first."""
        review = self.review_in(bubble_id)
        if review is not None and review.verdict is Verdict.TO_REPLACE:
            return Standing.TO_REPLACE
        if self.is_expired(today):
            return Standing.EXPIRED
        if review is None:
            return Standing.TO_VERIFY
        return Standing.EXPIRES_SOON if self.expires_soon(today) else Standing.VERIFIED


class DocumentShare(Identified, Model):
    """Which bubble's administrators may see a paper. It ends with its owner's membership there."""

    __tablename__ = "document_shares"
    __table_args__ = (UniqueConstraint("document_id", "bubble_id"),)

    document_id: Mapped[int] = mapped_column(
        ForeignKey("administrative_documents.id", ondelete="CASCADE")
    )
    bubble_id: Mapped[int] = mapped_column(ForeignKey("bubbles.id", ondelete="CASCADE"), index=True)
    shared_at: Mapped[datetime]

    document: Mapped[AdministrativeDocument] = relationship(back_populates="shares")
    bubble: Mapped[Bubble] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """A shared paper is about its owner."""
        return self.document.audit_about()


class DocumentReview(Identified, Model):
    """What one bubble says of one version; a new version asks for a new one."""

    __tablename__ = "document_reviews"
    __table_args__ = (UniqueConstraint("version_id", "bubble_id"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("document_versions.id", ondelete="CASCADE"))
    bubble_id: Mapped[int] = mapped_column(ForeignKey("bubbles.id", ondelete="CASCADE"), index=True)
    verdict: Mapped[Verdict]
    reason: Mapped[str] = mapped_column(String(300), default="")
    """What is to be done, when it is to be replaced."""
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    reviewed_at: Mapped[datetime]

    version: Mapped[DocumentVersion] = relationship(back_populates="reviews")
    bubble: Mapped[Bubble] = relationship()
    reviewed_by: Mapped[User | None] = relationship()


class ExpiryNotice(Identified, Model):
    """That one reminder of one version was sent: never twice."""

    __tablename__ = "expiry_notices"
    __table_args__ = (UniqueConstraint("version_id", "days"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("document_versions.id", ondelete="CASCADE"))
    days: Mapped[int] = mapped_column(Integer)
    """60, 30 or 7."""
    sent_at: Mapped[datetime]


declare(Caregiver, Fate.ERASE, Until.ACCOUNT)
declare(Presentation, Fate.ERASE, Until.PARENT)
declare(ProfileLine, Fate.ERASE, Until.PARENT)
declare(DocumentVersion, Fate.ERASE, Until.PARENT)
declare(DocumentShare, Fate.ERASE, Until.PARENT)
declare(ExpiryNotice, Fate.ERASE, Until.PARENT)
declare(Portrait, Fate.ERASE, Until.ACCOUNT)
declare(AdministrativeDocument, Fate.ERASE, Until.ACCOUNT)
declare(DocumentReview, Fate.ERASE, Until.PARENT, columns=("reason", "reviewed_by_id"))
