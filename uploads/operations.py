"""Keeping and deleting files: the rows here, the bytes before and after.

An upload is announced, then its bytes are written, then its row. The announcement is a message of
the outbox that deletes the bytes an hour later; the row withdraws it. Whatever dies in between,
nothing stays that no row points to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from core import clock, outbox, rate_limit
from core.authorization import INSTANCE, Actor, Instance, operation
from core.database import db
from core.errors import NotFoundError
from core.rate_limit import RateLimit
from security.models import User
from uploads import queries, storage
from uploads.errors import FileRefusedError, QuotaReachedError
from uploads.inspection import pdf, pictures
from uploads.inspection.files import PDF, Inspected, inspect, inspect_pages, inspect_portrait
from uploads.models import ResumableUpload, StoredFile
from uploads.policy import UploadPermission

QUOTA = 500_000_000
"""Bytes that one person may keep."""
UPLOADS = RateLimit("uploads", 60, timedelta(hours=1))
DRAWINGS = RateLimit("page_images", 300, timedelta(hours=1))
"""Pages drawn for one person; those drawn before cost nothing."""
DISCARD = "discarded_bytes"
ORPHAN_AFTER = timedelta(hours=1)
PREVIEW_WIDTH = 1200
"""Pixels."""


@dataclass(frozen=True)
class StoredBytes:
    """Bytes that are in the storage and that no row points to yet."""

    key: str
    filename: str
    content_type: str
    size: int
    sha256: str
    pages: int | None = None
    sent_as: tuple[str, ...] = ()
    """Keys of the uploads in parts that brought it; they end with the row of the file."""


class Showable(Protocol):
    """What is needed of a stored file to show its pages."""

    key: str
    content_type: str
    size: int
    pages: int | None


def keep_bytes(actor: User, content: bytes, filename: str) -> StoredBytes:
    """Judge and write the bytes; call it before the operation that will call ``store_file``.

    Raises:
        FileRefusedError: the content is not one that we keep.
        StorageUnavailableError: nothing was written.
    """
    return _keep(actor, inspect(content, filename))


def keep_pages(actor: User, parts: Sequence[tuple[bytes, str]], filename: str) -> StoredBytes:
    """Put several photos and PDFs, each with its name, into one PDF, in that order, and write it.

    Without a ``filename`` the document takes the name of the first part.

    Raises:
        FileRefusedError: one of them is not what we keep, or they are too many together.
        StorageUnavailableError: nothing was written.
    """
    return _keep(actor, inspect_pages(parts, filename))


def keep_portrait(
    actor: User, content: bytes, filename: str, *, box: tuple[float, float, float] | None
) -> StoredBytes:
    """Write the square of a photo or of a logo: 512 by 512, JPEG, nothing but pixels.

    ``box`` is left, top and side of the square in the upright picture, from 0 to 1: left of its
    width, top of its height, side of its shorter side. None is the largest square, centred.

    Raises:
        FileRefusedError: the content is no picture that we read.
        StorageUnavailableError: nothing was written.
    """
    return _keep(actor, inspect_portrait(content, filename, box))


def _keep(actor: User, inspected: Inspected) -> StoredBytes:
    key = announce_bytes(actor, INSTANCE)
    storage.current_storage().write(key, inspected.content)
    return StoredBytes(
        key=key,
        filename=inspected.filename,
        content_type=inspected.content_type,
        size=len(inspected.content),
        sha256=hashlib.sha256(inspected.content).hexdigest(),
        pages=inspected.pages,
    )


def page_count(file: Showable) -> int:
    """Return how many page images a file has; 0 when it opens with a password only.

    Raises:
        StorageUnavailableError: the file has to be read, and cannot be.
    """
    if file.content_type != PDF:
        return 1
    if file.pages is not None:
        return file.pages
    try:  # kept before pages were counted, or locked
        return pdf.count_pages(_whole(file))
    except FileRefusedError:
        return 0


def page_image(actor: User, file: Showable, page: int) -> bytes:
    """Return one page, numbered from 1, as a JPEG at most 1200 pixels wide; a picture has one.

    What was drawn once is kept beside the file, and goes with it. The caller has decided that
    the person may see the file.

    Raises:
        NotFoundError: there is no such page, or none that can be shown.
        TooManyRequestsError, StorageUnavailableError, UnavailableError: not now.
    """
    if not 1 <= page <= page_count(file):
        raise NotFoundError
    store, key = storage.current_storage(), storage.derived_key(file.key, f"page-{page}")
    drawn = store.load(key)
    if drawn is None:
        rate_limit.hit(DRAWINGS, str(actor.id))
        content = _whole(file)
        try:
            if file.content_type == PDF:
                drawn = pdf.render(content, page, PREVIEW_WIDTH)
            else:
                drawn = pictures.reduce(content, file.content_type, PREVIEW_WIDTH)
        except FileRefusedError as error:
            raise NotFoundError from error
        store.write(key, drawn)
    return drawn


def _whole(file: Showable) -> bytes:
    return b"".join(storage.current_storage().read(file.key, 0, file.size))


@operation(UploadPermission.CREATE)
def announce_bytes(_actor: User, _instance: Instance) -> str:
    """Choose the key of bytes about to be written, and plan their removal should no row follow."""
    key = storage.new_key()
    outbox.enqueue(
        DISCARD, {"key": key}, dedupe_key=orphan(key), not_before=clock.now() + ORPHAN_AFTER
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
        pages=stored.pages,
        owner_id=actor.id,
        created_at=clock.now(),
    )
    db.session.add(file)
    for upload in queries.list_uploads_by_key(stored.sent_as):
        forget_upload(upload)
    db.session.flush()  # the document points to the file
    outbox.forget_queued(orphan(stored.key))
    return file


def forget_upload(upload: ResumableUpload) -> None:
    """Forget what came in parts; part of the operation under way."""
    outbox.forget_queued(orphan(upload.key))
    outbox.enqueue(DISCARD, {"key": upload.key}, dedupe_key=f"discard-{upload.key}")
    db.session.delete(upload)


@operation(UploadPermission.DELETE)
def delete_file(_actor: Actor, file: StoredFile) -> None:
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


def orphan(key: str) -> str:
    """Name the announcement that is withdrawn when a row follows the bytes."""
    return f"orphan-{key}"
