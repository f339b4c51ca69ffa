"""Stored files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Identified, Model


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
    """Of a PDF that opens without a password, counted when it came."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
