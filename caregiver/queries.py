"""Finding professional faces, their papers and their photos."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from bubbles.models import Membership
from caregiver.models import (
    AdministrativeDocument,
    Caregiver,
    DocumentReview,
    DocumentShare,
    DocumentVersion,
    ExpiryNotice,
    Portrait,
)
from core import wording
from core.database import db
from core.errors import NotFoundError
from core.page_slots import filled
from core.statements import ME, while_reading
from security.addresses import mask_email
from security.models import User

LARGEST_ID = 2**31 - 1
"""What the databases can compare with; an address may carry any number."""

# ── Faces ─────────────────────────────────────────────────────────────────────────────────────


def get_caregiver_of(user_id: int) -> Caregiver | None:
    """Return the professional face of one account, if it has one."""
    face = select(Caregiver).where(Caregiver.user_id == user_id)
    return while_reading(
        ("face", user_id), lambda: db.session.scalar(face.options(joinedload(Caregiver.user)))
    )


def get_own_caregiver(actor: User) -> Caregiver:
    """Return ``actor``'s own professional face; who has none has no such page."""
    caregiver = get_caregiver_of(actor.id)
    if caregiver is None:
        raise NotFoundError
    return caregiver


def get_face_for(actor: User, user_id: int) -> Caregiver:
    """Return what a caregiver says of themselves, to those who share a bubble with them now."""
    caregiver: Caregiver | None = None
    if 0 < user_id <= LARGEST_ID:
        caregiver = db.session.scalar(
            select(Caregiver)
            .join(Caregiver.user)
            .where(Caregiver.user_id == user_id, User.is_enabled)
            .options(
                contains_eager(Caregiver.user),
                joinedload(Caregiver.presentation),
                selectinload(Caregiver.lines),
            )
        )
    if caregiver is None or not _meets(actor, user_id):
        raise NotFoundError
    return caregiver


def professions_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Map accounts to their professions; those that say none are left out."""
    query = select(Caregiver.user_id, Caregiver.profession).where(
        Caregiver.user_id.in_(list(user_ids)), Caregiver.profession != ""
    )
    return dict(row for row in db.session.execute(query))


def caregiver_choices(users: Iterable[User]) -> list[tuple[int, str]]:
    """Return accounts to choose among: who may be taken for another is told by profession too."""
    known = list(users)
    professions = professions_of(user.id for user in known)
    return wording.told_apart(
        (user.id, user.display_name, professions.get(user.id) or mask_email(user.email))
        for user in known
    )


# ── Photos ────────────────────────────────────────────────────────────────────────────────────


PROFESSION = (
    select(Caregiver.profession)
    .where(Caregiver.user_id == ME, select(Membership.id).where(Membership.user_id == ME).exists())
    .scalar_subquery()
)
"""What the reader is for others, as they write it; of the staff alone."""
PHOTO = select(Portrait.file_id).where(Portrait.user_id == ME).scalar_subquery()
"""The file of the reader's own."""


def portraits_of(user_ids: Collection[int]) -> dict[int, int]:
    """Map accounts to the files of their photos, in one query; who has none is left out.

    The number of the file stands for the version in the photo's address.
    """
    if not user_ids:
        return {}
    query = select(Portrait.user_id, Portrait.file_id).where(Portrait.user_id.in_(list(user_ids)))
    return dict(row for row in db.session.execute(query))


def find_portrait_of(user_id: int) -> Portrait | None:
    """Return the photo of one account."""
    return db.session.scalar(
        select(Portrait).where(Portrait.user_id == user_id).options(joinedload(Portrait.file))
    )


def get_portrait_for(actor: User, user_id: int) -> Portrait:
    """Return a photo to whom it shows, and to those who share a bubble with that person now."""
    portrait = find_portrait_of(user_id) if 0 < user_id <= LARGEST_ID else None
    if portrait is None or not _meets(actor, user_id):
        raise NotFoundError
    return portrait


def _meets(actor: User, user_id: int) -> bool:
    """Staff meet in a bubble; packages above say who else meets them there."""
    return actor.id == user_id or _are_colleagues(actor.id, user_id) or _meets_above(actor, user_id)


def _meets_above(actor: User, user_id: int) -> bool:
    return any(filled("meets", actor, user_id))


def _are_colleagues(one_id: int, other_id: int) -> bool:
    other = aliased(Membership)
    query = (
        select(Membership.id)
        .join(other, other.bubble_id == Membership.bubble_id)
        .where(Membership.user_id == one_id, other.user_id == other_id)
        .limit(1)
    )
    return db.session.scalar(query) is not None


# ── Papers, for their owner ───────────────────────────────────────────────────────────────────


def list_documents_for(actor: User) -> list[AdministrativeDocument]:
    """Return ``actor``'s own papers with their versions, the newest first."""
    return list(db.session.scalars(_papers().where(Caregiver.user_id == actor.id)))


def get_document_for(actor: User, document_id: int) -> AdministrativeDocument:
    """Return one of ``actor``'s own papers; anybody else's does not exist."""
    document: AdministrativeDocument | None = None
    if 0 < document_id <= LARGEST_ID:
        mine = and_(AdministrativeDocument.id == document_id, Caregiver.user_id == actor.id)
        document = db.session.scalar(_papers().where(mine))
    if document is None:
        raise NotFoundError
    return document


def lock_document(document_id: int) -> None:
    """Make what is done to one paper queue, and forget what was read of it before one's turn."""
    query = select(AdministrativeDocument.id).where(AdministrativeDocument.id == document_id)
    db.session.execute(query.with_for_update(key_share=True))
    db.session.expire_all()


def list_bubble_ids_of(user_id: int) -> set[int]:
    """Return the bubbles whose staff the person belongs to now."""
    query = select(Membership.bubble_id).where(Membership.user_id == user_id)
    return set(db.session.scalars(query))


def _papers() -> Select[AdministrativeDocument]:
    return (
        select(AdministrativeDocument)
        .join(AdministrativeDocument.caregiver)
        .options(
            contains_eager(AdministrativeDocument.caregiver),
            selectinload(AdministrativeDocument.shares).joinedload(DocumentShare.bubble),
            selectinload(AdministrativeDocument.versions).options(
                joinedload(DocumentVersion.file),
                selectinload(DocumentVersion.reviews).options(
                    joinedload(DocumentReview.reviewed_by), joinedload(DocumentReview.bubble)
                ),
            ),
        )
        .order_by(AdministrativeDocument.added_at.desc(), AdministrativeDocument.id.desc())
    )


# ── Papers, for the administrators of a bubble ────────────────────────────────────────────────


def list_shared_documents_for(actor: User, bubble_id: int) -> list[DocumentShare]:
    """Return the papers that present members show to the bubble; to its administrators only."""
    query = (
        _shares(actor)
        .where(DocumentShare.bubble_id == bubble_id)
        .options(*_what_is_judged())
        .order_by(DocumentShare.id)
    )
    return list(db.session.scalars(query))


def get_shared_document_for(actor: User, bubble_id: int, document_id: int) -> DocumentShare:
    """Return a paper that a present member shows to a bubble which ``actor`` administers."""
    share: DocumentShare | None = None
    if max(bubble_id, document_id) <= LARGEST_ID:
        query = _shares(actor).where(
            DocumentShare.bubble_id == bubble_id, DocumentShare.document_id == document_id
        )
        share = db.session.scalar(query.options(*_what_is_judged()))
    if share is None:
        raise NotFoundError
    return share


def count_papers_to_verify(bubble_id: int, today: date) -> int:
    """Count the papers, good still, that wait for a word of the bubble's administrators."""
    newest = (
        select(func.max(DocumentVersion.number))
        .where(DocumentVersion.document_id == DocumentShare.document_id)
        .correlate(DocumentShare)
        .scalar_subquery()
    )
    query = (
        select(func.count())
        .select_from(DocumentShare)
        .join(DocumentVersion, DocumentVersion.document_id == DocumentShare.document_id)
        .where(
            DocumentShare.bubble_id == bubble_id,
            DocumentVersion.number == newest,
            or_(DocumentVersion.expires_on.is_(None), DocumentVersion.expires_on >= today),
            ~DocumentVersion.reviews.any(DocumentReview.bubble_id == bubble_id),
        )
    )
    return db.session.scalar(query) or 0


def is_shown_to(share: DocumentShare) -> bool:
    """Say whether a share stands: it does, and its owner is still among the bubble's staff."""
    query = (
        select(DocumentShare.id)
        .join(DocumentShare.document)
        .join(AdministrativeDocument.caregiver)
        .join(Membership, _owner_is_member())
        .where(DocumentShare.id == share.id)
    )
    return db.session.scalar(query) is not None


def list_shares_in(bubble_id: int, user_id: int) -> list[DocumentShare]:
    """Return what one person shows to one bubble."""
    query = (
        select(DocumentShare)
        .join(DocumentShare.document)
        .join(AdministrativeDocument.caregiver)
        .where(DocumentShare.bubble_id == bubble_id, Caregiver.user_id == user_id)
    )
    return list(db.session.scalars(query))


def _shares(actor: User) -> Select[DocumentShare]:
    mine = aliased(Membership)
    return (
        select(DocumentShare)
        .join(DocumentShare.document)
        .join(AdministrativeDocument.caregiver)
        .join(Membership, _owner_is_member())
        .join(mine, mine.bubble_id == DocumentShare.bubble_id)
        .where(mine.user_id == actor.id, mine.is_admin)
    )


def _owner_is_member() -> ColumnElement[bool]:
    return and_(
        Membership.bubble_id == DocumentShare.bubble_id, Membership.user_id == Caregiver.user_id
    )


def _what_is_judged() -> tuple[Any, ...]:
    document = contains_eager(DocumentShare.document)
    return (
        document.contains_eager(AdministrativeDocument.caregiver).joinedload(Caregiver.user),
        document.selectinload(AdministrativeDocument.versions).options(
            joinedload(DocumentVersion.file),
            selectinload(DocumentVersion.reviews).joinedload(DocumentReview.reviewed_by),
        ),
    )


# ── Papers that end ───────────────────────────────────────────────────────────────────────────


def list_caregivers_with_papers_ending(first: date, last: date) -> list[Caregiver]:
    """Return who owns a paper whose newest version ends between two days, both included."""
    query = (
        select(Caregiver)
        .join(Caregiver.user)
        .join(Caregiver.documents)
        .join(AdministrativeDocument.versions)
        .where(User.is_enabled, _is_newest(), DocumentVersion.expires_on.between(first, last))
        .order_by(Caregiver.id)
        .distinct()
    )
    return list(db.session.scalars(query))


def list_versions_ending(caregiver_id: int, first: date, last: date) -> list[DocumentVersion]:
    """Return one person's newest versions that end between two days, the first to end first."""
    query = (
        select(DocumentVersion)
        .join(DocumentVersion.document)
        .where(
            AdministrativeDocument.caregiver_id == caregiver_id,
            _is_newest(),
            DocumentVersion.expires_on.between(first, last),
        )
        .options(contains_eager(DocumentVersion.document))
        .order_by(DocumentVersion.expires_on, DocumentVersion.id)
    )
    return list(db.session.scalars(query))


def list_newest_among(version_ids: Collection[int]) -> list[DocumentVersion]:
    """Return those that no later version has replaced, the first to end first."""
    query = (
        select(DocumentVersion)
        .join(DocumentVersion.document)
        .where(DocumentVersion.id.in_(list(version_ids)), _is_newest())
        .options(contains_eager(DocumentVersion.document))
        .order_by(DocumentVersion.expires_on, DocumentVersion.id)
    )
    return list(db.session.scalars(query))


def list_notices_of(version_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return which reminders of which versions were sent."""
    query = select(ExpiryNotice.version_id, ExpiryNotice.days).where(
        ExpiryNotice.version_id.in_(list(version_ids))
    )
    return {(row.version_id, row.days) for row in db.session.execute(query)}


def lock_caregiver(caregiver_id: int) -> None:
    """Make what is done to one person's face queue until the end of the transaction."""
    query = select(Caregiver.id).where(Caregiver.id == caregiver_id)
    db.session.execute(query.with_for_update(key_share=True))


def _is_newest() -> ColumnElement[bool]:
    later = aliased(DocumentVersion)
    return ~(
        select(later.id)
        .where(
            later.document_id == DocumentVersion.document_id, later.number > DocumentVersion.number
        )
        .correlate(DocumentVersion)
        .exists()
    )
