"""Finding professional faces and their papers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from caregiver.models import AdministrativeDocument, Caregiver
from core.database import db
from core.errors import NotFoundError


def get_caregiver_of(user_id: int) -> Caregiver | None:
    """Return the professional face of one account, if it has one."""
    return db.session.scalar(
        select(Caregiver).where(Caregiver.user_id == user_id).options(joinedload(Caregiver.user))
    )


def get_own_caregiver(actor: Any) -> Caregiver:
    """Return ``actor``'s own professional face; who has none has no such page."""
    caregiver = get_caregiver_of(actor.id)
    if caregiver is None:
        raise NotFoundError
    return caregiver


def professions_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Map accounts to their professions; those that say none are left out."""
    query = select(Caregiver.user_id, Caregiver.profession).where(
        Caregiver.user_id.in_(list(user_ids)), Caregiver.profession != ""
    )
    return dict(row for row in db.session.execute(query))


def list_documents_for(actor: Any) -> list[AdministrativeDocument]:
    """Return ``actor``'s own papers, the newest first."""
    query = (
        select(AdministrativeDocument)
        .join(AdministrativeDocument.caregiver)
        .where(Caregiver.user_id == actor.id)
        .options(joinedload(AdministrativeDocument.file))
        .order_by(AdministrativeDocument.added_at.desc(), AdministrativeDocument.id.desc())
    )
    return list(db.session.scalars(query))


def count_documents_for(actor: Any) -> int:
    """Count ``actor``'s own papers."""
    query = (
        select(func.count())
        .select_from(AdministrativeDocument)
        .join(AdministrativeDocument.caregiver)
        .where(Caregiver.user_id == actor.id)
    )
    return db.session.scalar(query) or 0


def get_document_for(actor: Any, document_id: int) -> AdministrativeDocument:
    """Return one of ``actor``'s own papers; anybody else's does not exist."""
    document = db.session.scalar(
        select(AdministrativeDocument)
        .join(AdministrativeDocument.caregiver)
        .where(AdministrativeDocument.id == document_id, Caregiver.user_id == actor.id)
        .options(joinedload(AdministrativeDocument.file))
    )
    if document is None:
        raise NotFoundError
    return document
