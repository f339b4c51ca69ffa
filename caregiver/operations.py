"""Everything that changes a professional face."""

from __future__ import annotations

from caregiver.models import AdministrativeDocument, Caregiver
from caregiver.policy import CaregiverPermission
from caregiver.queries import get_caregiver_of
from caregiver.vocabulary import DocumentType
from core import clock
from core.authorization import INSTANCE, consequence, operation
from core.database import db
from security.models import User
from uploads.models import StoredFile
from uploads.operations import StoredBytes, delete_file, store_file


@consequence
def welcome_caregiver(user_id: int) -> None:
    """Give a new caregiver an empty profile, unless they have one from another bubble."""
    if get_caregiver_of(user_id) is None:
        db.session.add(Caregiver(user_id=user_id, profession="", created_at=clock.now()))


@operation(CaregiverPermission.UPDATE_PROFILE)
def update_profile(
    _actor: User, caregiver: Caregiver, *, display_name: str, profession: str
) -> None:
    """Say who one is: the name that everybody sees, and the profession."""
    caregiver.user.display_name = display_name
    caregiver.profession = profession


@operation(CaregiverPermission.ADD_DOCUMENT)
def add_document(
    actor: User, caregiver: Caregiver, *, kind: DocumentType, label: str, stored: StoredBytes
) -> AdministrativeDocument:
    """Add a paper whose bytes were just kept; ``label`` counts for the type « other » only.

    Raises:
        QuotaReachedError: the person has no room left.
    """
    document = AdministrativeDocument(
        caregiver_id=caregiver.id,
        type=kind,
        label=label if kind is DocumentType.OTHER else "",
        file=store_file(actor, INSTANCE, stored=stored),
        added_at=clock.now(),
    )
    db.session.add(document)
    return document


@operation(CaregiverPermission.READ_DOCUMENT)
def open_document(_actor: User, document: AdministrativeDocument) -> StoredFile:
    """Give the file of a paper; that it was opened is recorded."""
    return document.file


@operation(CaregiverPermission.DELETE_DOCUMENT)
def delete_document(actor: User, document: AdministrativeDocument) -> None:
    """Delete a paper for good, its bytes right after."""
    file = document.file
    db.session.delete(document)
    db.session.flush()  # the document points to the file: it goes first
    delete_file(actor, file)
