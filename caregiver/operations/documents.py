"""What owners do with their papers: add, replace, show to bubbles, delete."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date

from bubbles.queries import lock_bubble
from caregiver.errors import NewerVersionError
from caregiver.models import AdministrativeDocument, Caregiver, DocumentShare, DocumentVersion
from caregiver.policy import CaregiverPermission
from caregiver.queries import (
    list_bubble_ids_of,
    list_shares_in,
    lock_caregiver,
    lock_document,
)
from caregiver.vocabulary import DocumentType
from core import clock
from core.authorization import INSTANCE, consequence, operation
from core.database import db
from core.errors import NotFoundError
from core.idempotency import once
from security.models import User
from uploads.models import StoredFile
from uploads.operations import StoredBytes, delete_file, store_file


@operation(CaregiverPermission.ADD_DOCUMENT)
def add_document(
    actor: User,
    caregiver: Caregiver,
    *,
    kind: DocumentType,
    label: str,
    stored: StoredBytes,
    expires_on: date | None = None,
    bubble_ids: Collection[int] = (),
    key: str | None = None,
) -> AdministrativeDocument:
    """Add a paper whose bytes were just kept; the same ``key`` adds it once.

    ``label`` counts for the type « other » only; ``bubble_ids`` are bubbles of its owner, whose
    administrators may see it.

    Raises:
        QuotaReachedError: the person has no room left.
        NotFoundError: one of the bubbles is not the owner's.
    """
    lock_caregiver(caregiver.id)  # the same form sent twice at once adds one paper
    label = label if kind is DocumentType.OTHER else ""
    wanted = _own_bubbles(actor, bubble_ids)
    ends = expires_on.isoformat() if expires_on else ""
    request = json.dumps([kind, label, stored.filename, ends, wanted])

    def act() -> int:
        now = clock.now()
        file = store_file(actor, INSTANCE, stored=stored)
        document = AdministrativeDocument(
            caregiver_id=caregiver.id, type=kind, label=label, file=file, added_at=now
        )
        document.versions.append(_version(actor, 1, file, expires_on))
        document.shares.extend(
            DocumentShare(bubble_id=bubble_id, shared_at=now) for bubble_id in wanted
        )
        db.session.add(document)
        db.session.flush()  # the key remembers the id
        return document.id

    document_id = once(actor.id, "paper", key, request, act)
    document = db.session.get(AdministrativeDocument, document_id)
    if document is None:  # sent twice, and deleted in between
        raise NotFoundError
    return document


@operation(CaregiverPermission.REPLACE_DOCUMENT)
def replace_document(
    actor: User,
    document: AdministrativeDocument,
    *,
    stored: StoredBytes,
    expires_on: date | None = None,
    key: str | None = None,
) -> None:
    """Put a newer version in front; earlier ones stay its owner's, and each bubble judges anew.

    Raises:
        QuotaReachedError: the person has no room left.
    """
    lock_document(document.id)
    ends = expires_on.isoformat() if expires_on else ""
    request = json.dumps([document.id, stored.filename, ends])

    def act() -> int:
        file = store_file(actor, INSTANCE, stored=stored)
        document.versions.append(_version(actor, document.current.number + 1, file, expires_on))
        document.file = file
        return document.id

    once(actor.id, "paper_version", key, request, act)


@operation(CaregiverPermission.REPLACE_DOCUMENT)
def correct_expiry(
    actor: User, document: AdministrativeDocument, *, number: int, expires_on: date | None
) -> None:
    """Say until when the paper is good, the file staying as it is; idempotent.

    It is a version of its own: who verified the date before verifies it anew, and reminders go by
    the new one.

    Raises:
        NewerVersionError: version ``number`` is not the newest any more.
    """
    lock_document(document.id)
    version = document.current
    if version.expires_on == expires_on:
        return
    if version.number != number:
        raise NewerVersionError
    document.versions.append(_version(actor, number + 1, version.file, expires_on))


@operation(CaregiverPermission.READ_DOCUMENT)
def open_document(_actor: User, document: AdministrativeDocument, number: int) -> StoredFile:
    """Give the file of one version of one's own paper; that it was opened is recorded."""
    version = document.version(number)
    if version is None:
        raise NotFoundError
    return version.file


@operation(CaregiverPermission.SHARE_DOCUMENT)
def share_document(
    actor: User, document: AdministrativeDocument, *, bubble_ids: Collection[int]
) -> None:
    """Show a paper to the administrators of exactly these bubbles, from now on.

    Raises:
        NotFoundError: one of the bubbles is not the owner's.
    """
    wanted = _own_bubbles(actor, bubble_ids)
    lock_document(document.id)
    kept = [share for share in document.shares if share.bubble_id in wanted]
    known = {share.bubble_id for share in kept}
    now = clock.now()
    new = [
        DocumentShare(bubble_id=bubble_id, shared_at=now)
        for bubble_id in wanted
        if bubble_id not in known
    ]
    document.shares = [*kept, *new]


@operation(CaregiverPermission.DELETE_DOCUMENT)
def delete_document(actor: User, document: AdministrativeDocument) -> None:
    """Delete a paper for good with all its versions, their bytes right after."""
    lock_document(document.id)
    files = {version.file_id: version.file for version in document.versions}
    files[document.file_id] = document.file
    db.session.delete(document)
    db.session.flush()  # versions point to the files: they go first
    for file in files.values():
        delete_file(actor, file)


@consequence
def end_shares(bubble_id: int, user_id: int) -> None:
    """Hide somebody's papers from a bubble that they have left."""
    for share in list_shares_in(bubble_id, user_id):
        db.session.delete(share)


def _own_bubbles(actor: User, bubble_ids: Collection[int]) -> list[int]:
    """Sort, lock and check: nobody is made to leave one of them before the end of the act."""
    wanted = sorted(set(bubble_ids))
    for bubble_id in wanted:
        lock_bubble(bubble_id)
    if not list_bubble_ids_of(actor.id).issuperset(wanted):
        raise NotFoundError
    return wanted


def _version(
    actor: User, number: int, file: StoredFile, expires_on: date | None
) -> DocumentVersion:
    return DocumentVersion(
        number=number,
        file=file,
        expires_on=expires_on,
        added_at=clock.now(),
        added_by_id=actor.id,
    )
