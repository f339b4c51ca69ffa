"""Who may touch a professional face: its owner; papers, also administrators they are shown to."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bubbles.queries import get_membership
from caregiver.models import AdministrativeDocument, Caregiver, DocumentShare
from caregiver.queries import is_shown_to
from core.authorization import Actor, Rule, all_of, is_system
from security.models import User


class CaregiverPermission(StrEnum):
    """Caregivers: their profiles and their papers."""

    UPDATE_PROFILE = "caregiver:update"
    """Change a professional profile."""
    ADD_DOCUMENT = "administrative_document:create"
    """Add an administrative document."""
    READ_DOCUMENT = "administrative_document:read"
    """Open an administrative document."""
    REPLACE_DOCUMENT = "administrative_document:replace"
    """Put a new file, or another date, in the place of that of an administrative document."""
    SHARE_DOCUMENT = "administrative_document:share"
    """Choose the bubbles that an administrative document is shown to."""
    DELETE_DOCUMENT = "administrative_document:delete"
    """Delete an administrative document."""
    READ_SHARED = "shared_document:read"
    """Open a document that a caregiver shows to the bubble."""
    REVIEW = "shared_document:review"
    """Say that a document shown to the bubble was checked, or must be replaced."""
    REMIND = "caregiver:remind"
    """Remind a caregiver of a document that ends soon."""


def is_own_profile(actor: Actor, caregiver: Caregiver) -> bool:
    """The caregiver whose profile it is."""
    return isinstance(actor, User) and actor.id == caregiver.user_id


def is_own_document(actor: Actor, document: AdministrativeDocument) -> bool:
    """The caregiver whose document it is."""
    return is_own_profile(actor, document.caregiver)


def is_shown_to_administrator(actor: Actor, share: DocumentShare) -> bool:
    """Administers the bubble that it is shown to, while its owner is among the staff."""
    if not isinstance(actor, User) or not is_shown_to(share):
        return False
    membership = get_membership(actor.id, share.bubble_id)
    return membership is not None and membership.is_admin


def is_somebody_elses(actor: Actor, share: DocumentShare) -> bool:
    """It is not one's own."""
    return not is_own_document(actor, share.document)


RULES: Mapping[StrEnum, Rule] = {
    CaregiverPermission.UPDATE_PROFILE: is_own_profile,
    CaregiverPermission.ADD_DOCUMENT: is_own_profile,
    CaregiverPermission.READ_DOCUMENT: is_own_document,
    CaregiverPermission.REPLACE_DOCUMENT: is_own_document,
    CaregiverPermission.SHARE_DOCUMENT: is_own_document,
    CaregiverPermission.DELETE_DOCUMENT: is_own_document,
    CaregiverPermission.READ_SHARED: is_shown_to_administrator,
    CaregiverPermission.REVIEW: all_of(is_shown_to_administrator, is_somebody_elses),
    CaregiverPermission.REMIND: is_system,
}
