"""Finding files and the room they take."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import func, select

from core import clock
from core.database import db
from core.errors import NotFoundError
from security.models import User
from uploads.models import ResumableUpload, StoredFile, UploadPart

REFERENCE = re.compile(r"[0-9a-f]{32}")


def count_bytes_of(user_id: int) -> int:
    """Return how many bytes one person keeps."""
    query = select(func.coalesce(func.sum(StoredFile.size), 0)).where(
        StoredFile.owner_id == user_id
    )
    return int(db.session.scalar(query) or 0)


def lock_owner(user_id: int) -> None:
    """Make the uploads of one person queue until the end of the transaction."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def find_owner(user_id: int) -> User | None:
    """Return the person of an account that may be used."""
    user = db.session.get(User, user_id)
    return user if user is not None and user.is_enabled else None


def is_kept(key: str) -> bool:
    """Say whether a row still points to these bytes."""
    return db.session.scalar(select(StoredFile.id).where(StoredFile.key == key)) is not None


def get_upload_for(actor: User, reference: str) -> ResumableUpload:
    """Return what ``actor`` is sending under this reference.

    Raises:
        NotFoundError: nothing, or it is somebody else's, or it is too old.
    """
    if not REFERENCE.fullmatch(reference):
        raise NotFoundError
    upload = db.session.scalar(
        select(ResumableUpload).where(
            ResumableUpload.reference == reference,
            ResumableUpload.owner_id == actor.id,
            ResumableUpload.expires_at > clock.now(),
        )
    )
    if upload is None:
        raise NotFoundError
    return upload


def list_uploads_of(user_id: int) -> list[ResumableUpload]:
    """Return what one person is sending, the newest first."""
    query = (
        select(ResumableUpload)
        .where(ResumableUpload.owner_id == user_id)
        .order_by(ResumableUpload.created_at.desc(), ResumableUpload.id.desc())
    )
    return list(db.session.scalars(query))


def list_uploads_by_key(keys: tuple[str, ...]) -> list[ResumableUpload]:
    """Return the uploads of these keys that are still there."""
    return list(db.session.scalars(select(ResumableUpload).where(ResumableUpload.key.in_(keys))))


def list_expired_uploads(
    now: datetime, *, begun_before: datetime, most: int
) -> list[ResumableUpload]:
    """Return what nobody may continue any more, the oldest first."""
    query = select(ResumableUpload).where(
        ResumableUpload.expires_at <= now, ResumableUpload.created_at < begun_before
    )
    return list(db.session.scalars(query.order_by(ResumableUpload.id).limit(most)))


def list_parts(upload_id: int) -> list[UploadPart]:
    """Return what arrived, in its order."""
    query = select(UploadPart).where(UploadPart.upload_id == upload_id).order_by(UploadPart.start)
    return list(db.session.scalars(query))


def count_parts(upload_id: int) -> int:
    """Count the pieces in which an upload arrived."""
    query = select(func.count()).where(UploadPart.upload_id == upload_id)
    return db.session.scalar(query) or 0


def list_keys(keys: list[str]) -> set[str]:
    """Return those of these keys that a row still names, of a file or of one on its way."""
    files = select(StoredFile.key).where(StoredFile.key.in_(keys))
    uploads = select(ResumableUpload.key).where(ResumableUpload.key.in_(keys))
    return {*db.session.scalars(files), *db.session.scalars(uploads)}


def list_files_after(file_id: int, before: datetime, count: int) -> list[tuple[int, str]]:
    """Return ids and keys of files kept before a moment, by id, a page at a time."""
    query = (
        select(StoredFile.id, StoredFile.key)
        .where(StoredFile.id > file_id, StoredFile.created_at < before)
        .order_by(StoredFile.id)
        .limit(count)
    )
    return [(row.id, row.key) for row in db.session.execute(query)]
