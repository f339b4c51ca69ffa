"""Who may touch a professional face: its owner, nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from caregiver.models import AdministrativeDocument, Caregiver
from core.authorization import Rule
from security.models import User


class CaregiverPermission(StrEnum):
    """Named <resource>:<action>."""

    UPDATE_PROFILE = "caregiver:update"
    ADD_DOCUMENT = "administrative_document:create"
    READ_DOCUMENT = "administrative_document:read"
    DELETE_DOCUMENT = "administrative_document:delete"


def is_own_profile(actor: Any, caregiver: Caregiver) -> bool:
    return isinstance(actor, User) and actor.id == caregiver.user_id


def is_own_document(actor: Any, document: AdministrativeDocument) -> bool:
    return is_own_profile(actor, document.caregiver)


RULES: Mapping[StrEnum, Rule] = {
    CaregiverPermission.UPDATE_PROFILE: is_own_profile,
    CaregiverPermission.ADD_DOCUMENT: is_own_profile,
    CaregiverPermission.READ_DOCUMENT: is_own_document,
    CaregiverPermission.DELETE_DOCUMENT: is_own_document,
}
