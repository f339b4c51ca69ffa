"""Who may keep and delete files. Who may read one is decided where the document belongs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.authorization import Actor, Rule, any_of, is_system
from security.models import User
from uploads.models import ResumableUpload, StoredFile


class UploadPermission(StrEnum):
    """Files: keeping and deleting them."""

    CREATE = "file:create"
    """Send a file."""
    DELETE = "file:delete"
    """Delete a file for good."""
    APPEND = "upload:append"
    """Send the next piece of a file that is being sent."""
    CANCEL = "upload:cancel"
    """Give up a file that is being sent."""


def has_account(actor: Actor, _subject: object) -> bool:
    """Everybody who has an account."""
    return isinstance(actor, User) and actor.is_enabled


def is_owner(actor: Actor, file: StoredFile | ResumableUpload) -> bool:
    """Who sent the file."""
    return isinstance(actor, User) and actor.id == file.owner_id


RULES: Mapping[StrEnum, Rule] = {
    UploadPermission.CREATE: has_account,
    UploadPermission.DELETE: any_of(is_owner, is_system),
    UploadPermission.APPEND: is_owner,
    UploadPermission.CANCEL: any_of(is_owner, is_system),
}
