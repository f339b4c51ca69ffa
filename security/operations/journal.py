"""The person's own journal: written beside what happens, read by nobody else."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from core import clock
from core.database import db
from core.transaction import transaction
from security import emails
from security.models import SecurityEvent, User
from security.operations.mailed_links import not_me_url
from security.vocabulary import AccountChange, SecondStep, SecurityEventKind

TOGETHER = timedelta(hours=1)
"""Refusals of one kind within this time are counted on one line."""


def note(
    user_id: int, kind: SecurityEventKind, *, detail: str = "", device: str = "", count: int = 1
) -> None:
    """Write one line into the current transaction."""
    db.session.add(
        SecurityEvent(
            user_id=user_id,
            kind=kind,
            detail=detail,
            device=device[:120],
            count=count,
            at=clock.now(),
        )
    )


def note_sign_in(user_id: int, step: SecondStep, device: str) -> None:
    """Write that a session was opened, by which second step."""
    note(user_id, SecurityEventKind.SIGNED_IN, detail=step.value, device=device)


def note_change(user: User, change: AccountChange, device: str = "") -> None:
    """Write that the way in has changed, and tell its person by mail."""
    note(user.id, SecurityEventKind.CHANGED, detail=change.value, device=device)
    emails.tell(user, emails.account_changed(change, not_me_url(user)))


def count_refusal(user_id: int | None, kind: SecurityEventKind) -> None:
    """Count one refusal in the current transaction."""
    now = clock.now()
    owner = SecurityEvent.user_id == user_id if user_id else SecurityEvent.user_id.is_(None)
    known = db.session.scalar(
        select(SecurityEvent)
        .where(owner, SecurityEvent.kind == kind, SecurityEvent.at > now - TOGETHER)
        .order_by(SecurityEvent.id.desc())
        .limit(1)
    )
    if known is None:
        db.session.add(SecurityEvent(user_id=user_id, kind=kind, at=now))
    else:
        known.count += 1


def note_wrong_password(user_id: int | None) -> None:
    """Count a wrong password, for an unknown address too: both take as long."""
    with transaction():
        count_refusal(user_id, SecurityEventKind.WRONG_PASSWORD)
