"""What a person sets for their own account, and what they were told about it."""

from __future__ import annotations

from core import clock
from core.authorization import operation
from core.database import db
from security.models import (
    ConsentRecord,
    User,
)
from security.policy import AccountPermission
from security.vocabulary import Consent


@operation(AccountPermission.UPDATE)
def set_preferences(_actor: User, user: User, *, locale: str, time_zone: str) -> None:
    """Choose the language of pages and mails, and the zone in which hours are said."""
    user.locale = locale
    user.time_zone = time_zone


@operation(AccountPermission.ACKNOWLEDGE)
def acknowledge(
    _actor: User, user: User, *, purpose: Consent, version: str, digest: str
) -> ConsentRecord:
    """Keep that the person was told, in which words, and when."""
    return add_consent(user.id, purpose, version, digest)


def add_consent(user_id: int, purpose: Consent, version: str, digest: str) -> ConsentRecord:
    """Write a consent into the current transaction."""
    record = ConsentRecord(
        user_id=user_id, purpose=purpose, version=version, digest=digest, recorded_at=clock.now()
    )
    db.session.add(record)
    return record
