"""Finding files and the room they take."""

from __future__ import annotations

from sqlalchemy import func, select

from core.database import db
from security.models import User
from uploads.models import StoredFile


def count_bytes_of(user_id: int) -> int:
    """Return how many bytes one person keeps."""
    query = select(func.coalesce(func.sum(StoredFile.size), 0)).where(
        StoredFile.owner_id == user_id
    )
    return int(db.session.scalar(query) or 0)


def lock_owner(user_id: int) -> None:
    """Make the uploads of one person queue until the end of the transaction."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def is_kept(key: str) -> bool:
    """Say whether a row still points to these bytes."""
    return db.session.scalar(select(StoredFile.id).where(StoredFile.key == key)) is not None
