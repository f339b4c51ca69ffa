"""Profiles and administrative documents."""

from __future__ import annotations

from typing import Any

from caregiver.models import (
    AdministrativeDocument,
    Caregiver,
    DocumentShare,
    DocumentVersion,
    Portrait,
)
from caregiver.vocabulary import DocumentType
from core import clock
from core.database import db
from tests import factories as make
from tests.architecture.routes.files import picture
from tests.architecture.routes.world import PROFESSIONALS, STAFF, World


def things(world: World) -> dict[str, Any]:
    """Write a document that its caregiver shows to the bubble."""
    now = clock.now()
    face = db.session.query(Caregiver).filter_by(user_id=world.follower.id).one()
    file = picture(world.follower)
    document = make._add(
        AdministrativeDocument(
            caregiver_id=face.id, type=DocumentType.DIPLOMA, file_id=file.id, added_at=now
        )
    )
    make._add(DocumentVersion(document_id=document.id, number=1, file_id=file.id, added_at=now))
    make._add(DocumentShare(document_id=document.id, bubble_id=world.bubble.id, shared_at=now))
    make._add(Portrait(user_id=world.follower.id, file_id=picture(world.follower).id, taken_at=now))
    return {"document_id": document.id, "number": 1, "page": 1}


ROUTES = {
    "GET caregiver.delete": "follower",
    "POST caregiver.delete": "follower",
    "GET caregiver.document": "follower",
    "GET caregiver.documents": PROFESSIONALS,
    "POST caregiver.documents": PROFESSIONALS,
    "GET caregiver.download": "follower",
    "GET caregiver.download_paper": "admin",
    "GET caregiver.expiry": "follower",
    "POST caregiver.expiry": "follower",
    "GET caregiver.members": STAFF,
    "GET caregiver.paper": "admin",
    "POST caregiver.paper": "admin",
    "GET caregiver.papers": "admin",
    "GET caregiver.portrait": "patient follower colleague admin",
    "GET caregiver.preview": "follower",
    "GET caregiver.preview_paper": "admin",
    "GET caregiver.profile": PROFESSIONALS,
    "POST caregiver.profile": PROFESSIONALS,
    "GET caregiver.replace": "follower",
    "POST caregiver.replace": "follower",
    "POST caregiver.share": "follower",
}
