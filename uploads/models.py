"""Stored files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Identified, Model
from core.personal_data import After, Fate, Until, declare


class StoredFile(Identified, Model):
    """Bytes somewhere. Who may read them is decided by the feature that owns the document."""

    __tablename__ = "stored_files"

    key: Mapped[str] = mapped_column(String(64), unique=True)
    """Random; the only name the storage knows."""
    filename: Mapped[str] = mapped_column(String(200))
    """The person's name for it: a label, never a path."""
    content_type: Mapped[str] = mapped_column(String(60))
    """Judged by content."""
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the bytes as kept, in hexadecimal."""
    pages: Mapped[int | None]
    """Of a PDF, counted when it came: 0 when it opens with a password only."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class ResumableUpload(Identified, Model):
    """A file on its way, in parts; its owner alone knows and continues it."""

    __tablename__ = "resumable_uploads"

    reference: Mapped[str] = mapped_column(String(32), unique=True)
    """Random: its address, and what a form names in place of the file."""
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """Of which the keys of the parts are derived."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    """Announced."""
    received: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def is_complete(self) -> bool:
        """Say whether all that was announced has come."""
        return self.received == self.size


class UploadPart(Identified, Model):
    """Bytes that arrived in one go."""

    __tablename__ = "upload_parts"
    __table_args__ = (UniqueConstraint("upload_id", "start"),)

    upload_id: Mapped[int] = mapped_column(ForeignKey("resumable_uploads.id", ondelete="CASCADE"))
    start: Mapped[int]
    size: Mapped[int]
    key: Mapped[str] = mapped_column(String(110))


declare(StoredFile, Fate.ERASE, Until.ACCOUNT)
declare(
    ResumableUpload, Fate.ERASE, After(ResumableUpload.created_at, "retention.unfinished_hours")
)
declare(UploadPart, Fate.ERASE, Until.PARENT, columns=("key",))
