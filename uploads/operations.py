"""Keeping and deleting files: the rows here, the bytes before and after.

An upload is announced, then its bytes are written, then its row. The announcement is a message of
the outbox that deletes the bytes an hour later; the row withdraws it. Whatever dies in between,
nothing stays that no row points to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core import clock, outbox
from core.authorization import INSTANCE, Instance, operation
from core.database import db
from core.rate_limit import RateLimit
from security.models import User
from uploads import queries, storage
from uploads.errors import QuotaReachedError
from uploads.inspection.files import inspect
from uploads.models import StoredFile
from uploads.policy import UploadPermission

QUOTA = 500_000_000
"""Bytes that one person may keep."""
UPLOADS = RateLimit("uploads", 60, timedelta(hours=1))
DISCARD = "discarded_bytes"
ORPHAN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class StoredBytes:
    """Bytes that are in the storage and that no row points to yet."""

    key: str
    filename: str
    content_type: str
    size: int
    sha256: str


def keep_bytes(actor: User, content: bytes, filename: str) -> StoredBytes:
    """Judge and write the bytes; call it before the operation that will call ``store_file``.

    Raises:
        FileRefusedError: the content is not one that we keep.
        StorageUnavailableError: nothing was written.
    """
    inspected = inspect(content, filename)
    key = announce_bytes(actor, INSTANCE)
    storage.current_storage().write(key, inspected.content)
    return StoredBytes(
        key=key,
        filename=inspected.filename,
        content_type=inspected.content_type,
        size=len(inspected.content),
        sha256=hashlib.sha256(inspected.content).hexdigest(),
    )


@operation(UploadPermission.CREATE)
def announce_bytes(_actor: User, _instance: Instance) -> str:
    """Choose the key of bytes about to be written, and plan their removal should no row follow."""
    key = storage.new_key()
    outbox.enqueue(
        DISCARD, {"key": key}, dedupe_key=_orphan(key), not_before=clock.now() + ORPHAN_AFTER
    )
    return key


@operation(UploadPermission.CREATE)
def store_file(actor: User, _instance: Instance, *, stored: StoredBytes) -> StoredFile:
    """Write the row of bytes that were just kept; part of the operation that owns the document.

    Raises:
        QuotaReachedError: the person's files would take more room than they have.
    """
    queries.lock_owner(actor.id)
    if queries.count_bytes_of(actor.id) + stored.size > QUOTA:
        raise QuotaReachedError
    file = StoredFile(
        key=stored.key,
        filename=stored.filename,
        content_type=stored.content_type,
        size=stored.size,
        sha256=stored.sha256,
        owner_id=actor.id,
        created_at=clock.now(),
    )
    db.session.add(file)
    db.session.flush()  # the document points to the file
    outbox.forget_queued(_orphan(stored.key))
    return file


@operation(UploadPermission.DELETE)
def delete_file(_actor: User, file: StoredFile) -> None:
    """Forget the row now and the bytes right after the commit."""
    outbox.enqueue(DISCARD, {"key": file.key}, dedupe_key=f"discard-{file.key}")
    db.session.delete(file)


def discard_bytes(_message_id: int, payload: dict[str, Any]) -> None:
    """Answer the outbox: delete bytes that no row points to."""
    key = str(payload["key"])
    kept = queries.is_kept(key)
    db.session.rollback()
    if not kept:
        storage.current_storage().delete(key)


def _orphan(key: str) -> str:
    return f"orphan-{key}"
