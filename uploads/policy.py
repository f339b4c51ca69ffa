"""Who may keep and delete files. Who may read one is decided where the document belongs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from core.authorization import Rule, any_of, is_system
from security.models import User
from uploads.models import StoredFile


class UploadPermission(StrEnum):
    """Named <resource>:<action>."""

    CREATE = "file:create"
    DELETE = "file:delete"


def has_account(actor: Any, _subject: object) -> bool:
    return isinstance(actor, User) and actor.is_enabled


def is_owner(actor: Any, file: StoredFile) -> bool:
    return isinstance(actor, User) and actor.id == file.owner_id


RULES: Mapping[StrEnum, Rule] = {
    UploadPermission.CREATE: has_account,
    UploadPermission.DELETE: any_of(is_owner, is_system),
}
