"""Sending a file in parts, for slow lines: what arrived stays when the connection breaks.

Each part is written under a key derived from that of the upload, then noted; whoever is second at
the same place is refused by the database. A form names the upload instead of carrying the file;
the row of the file, once written, makes it disappear. Nothing stays after a day.
"""

from __future__ import annotations

import secrets
import time
from datetime import timedelta

from sqlalchemy import update

from core import clock, outbox, rate_limit
from core.authorization import INSTANCE, Instance, System, operation
from core.database import db
from core.rate_limit import RateLimit
from security.models import User
from uploads import queries, storage
from uploads.errors import (
    EmptyFileError,
    FileTooLargeError,
    QuotaReachedError,
    StorageUnavailableError,
    TooManyPiecesError,
    WrongOffsetError,
)
from uploads.inspection.files import MAX_BYTES, clean_label
from uploads.inspection.pdf import WINDOW
from uploads.models import ResumableUpload, UploadPart
from uploads.operations import DISCARD, ORPHAN_AFTER, QUOTA, forget_upload, orphan
from uploads.policy import UploadPermission

LIFE = timedelta(days=1)
MOST_AT_ONCE = 20
"""Unfinished uploads of one person; beginning one more ends the oldest."""
MOST_PIECES = 400
COLLECTING = 15.0
"""Seconds for all the parts of one file: a storage that is slow at each one is not waited for."""
BEGUN = RateLimit("resumable_uploads", 120, timedelta(hours=1))
LONGEST_NAME = 200


@operation(UploadPermission.CREATE)
def begin_upload(actor: User, _instance: Instance, *, filename: str, size: int) -> ResumableUpload:
    """Announce a file that will come in parts.

    Raises:
        EmptyFileError, FileTooLargeError, QuotaReachedError: it would be refused in the end.
    """
    if size <= 0:
        raise EmptyFileError
    if size > MAX_BYTES:
        raise FileTooLargeError(MAX_BYTES, size)
    queries.lock_owner(actor.id)
    if queries.count_bytes_of(actor.id) + size > QUOTA:
        raise QuotaReachedError
    for old in queries.list_uploads_of(actor.id)[MOST_AT_ONCE - 1 :]:
        forget_upload(old)
    now = clock.now()
    upload = ResumableUpload(
        reference=secrets.token_hex(16),
        key=storage.new_key(),
        owner_id=actor.id,
        filename=filename[-LONGEST_NAME:],
        size=size,
        received=0,
        created_at=now,
        expires_at=now + LIFE,
    )
    db.session.add(upload)
    outbox.enqueue(
        DISCARD,
        {"key": upload.key},
        dedupe_key=orphan(upload.key),
        not_before=upload.expires_at + ORPHAN_AFTER,
    )
    return upload


def receive_part(actor: User, upload: ResumableUpload, *, offset: int, content: bytes) -> int:
    """Keep what comes next and return where the upload stands; nothing is a part too.

    Raises:
        WrongOffsetError: another part came first, or this one is too long.
        TooManyPiecesError: it comes in crumbs.
        StorageUnavailableError: nothing was kept of this part.
    """
    if offset != upload.received or offset + len(content) > upload.size:
        raise WrongOffsetError
    if not content:
        return offset
    if queries.count_parts(upload.id) >= MOST_PIECES:
        raise TooManyPiecesError
    key = storage.derived_key(upload.key, f"part-{secrets.token_hex(8)}")
    db.session.rollback()  # nothing is read while the bytes are written
    store = storage.current_storage()
    store.write(key, content)
    try:
        return note_part(actor, upload, start=offset, size=len(content), key=key)
    except WrongOffsetError:
        store.delete(key)  # else the same part, sent many times at once, would fill the storage
        raise


def keep_for_later(actor: User, *, filename: str, content: bytes) -> ResumableUpload:
    """Keep a file whose form has to be shown once more, as if it had come before the form.

    It has the life, the owner and the limits of every upload on its way.

    Raises:
        FileRefusedError, TooManyRequestsError, StorageUnavailableError: it is not kept.
    """
    rate_limit.hit(BEGUN, str(actor.id))
    upload = begin_upload(actor, INSTANCE, filename=clean_label(filename), size=len(content))
    try:
        receive_part(actor, upload, offset=0, content=content)
    except StorageUnavailableError:
        cancel_upload(actor, upload)
        raise
    return upload


def let_go() -> None:
    """Give the connection to the database back before something slow."""
    db.session.rollback()


@operation(UploadPermission.APPEND)
def note_part(_actor: User, upload: ResumableUpload, *, start: int, size: int, key: str) -> int:
    """Count a part that is in the storage, if it is still the next one."""
    moved = db.session.execute(
        update(ResumableUpload)
        .where(ResumableUpload.id == upload.id, ResumableUpload.received == start)
        .values(received=start + size)
        .returning(ResumableUpload.received)
    ).scalar()
    if moved is None:
        raise WrongOffsetError
    db.session.add(UploadPart(upload_id=upload.id, start=start, size=size, key=key))
    return moved


@operation(UploadPermission.CANCEL)
def cancel_upload(_actor: User | System, upload: ResumableUpload) -> None:
    """Forget what was sent so far."""
    forget_upload(upload)


def collect(upload: ResumableUpload) -> bytes:
    """Read all the parts, in their order.

    Raises:
        StorageUnavailableError: they cannot be read now.
    """
    parts = queries.list_parts(upload.id)
    store, give_up_at = storage.current_storage(), time.monotonic() + COLLECTING
    content = bytearray()
    for part in parts:
        if time.monotonic() > give_up_at:
            raise StorageUnavailableError
        content += b"".join(store.read(part.key, 0, part.size))
    return bytes(content)


def first_bytes(upload: ResumableUpload) -> bytes:
    """Read as much as tells what the file is, from as many parts as that takes.

    Raises:
        StorageUnavailableError: it cannot be read now.
    """
    store, content = storage.current_storage(), b""
    for part in queries.list_parts(upload.id):
        if len(content) >= WINDOW:
            break
        content += b"".join(store.read(part.key, 0, min(part.size, WINDOW)))
    return content
