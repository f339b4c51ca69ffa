"""What was typed when the session had ended: kept sealed for an hour, given back to its person.

The row is bound to a cookie of the browser and to the account whose ended session sent the form;
passwords, codes, files and tokens are never in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, tokens
from core.database import EncryptedText, Identified, Model, db
from core.transaction import transaction

LIFE = timedelta(hours=1)
LARGEST = 64 * 1024
"""Letters of typed text in all; more is not kept."""
LONGEST_ADDRESS = 500
_SECRET = re.compile(r"pass|secret|token|csrf|^(current|new|code)$|[-_]codes?$", re.IGNORECASE)
"""Names of fields that prove who somebody is."""

Fields = list[tuple[str, str]]


class Draft(Identified, Model):
    """The fields of one form that arrived too late."""

    __tablename__ = "drafts"

    token_hash: Mapped[str] = mapped_column(String(64), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    action: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    """Where the form was sent: a form with this action is what it is given back to."""
    fields: Mapped[str] = mapped_column(EncryptedText)
    kept_at: Mapped[datetime] = mapped_column(index=True)


def may_keep(name: str) -> bool:
    """Say whether a field of this name can be kept."""
    return not _SECRET.search(name)


def keep(
    token: str | None, user_id: int, *, action: str, fields: Iterable[tuple[str, str]]
) -> str | None:
    """Keep what was typed, in the place of an earlier draft of the same form; return the token.

    Returns nothing when there is nothing worth keeping.
    """
    kept: Fields = [(name, value) for name, value in fields if may_keep(name)]
    if not any(value.strip() for _name, value in kept):
        return None
    text = json.dumps(kept)
    if len(text) > LARGEST or len(action) > LONGEST_ADDRESS:
        return None
    token = token or tokens.new_token()
    hashed = tokens.hash_token(token)
    with transaction():
        db.session.execute(delete(Draft).where(Draft.user_id == user_id, Draft.action == action))
        db.session.add(
            Draft(
                token_hash=hashed,
                user_id=user_id,
                action=action,
                fields=text,
                kept_at=clock.now(),
            )
        )
    return token


def list_for(token: str, user_id: int) -> dict[str, Fields]:
    """Return what forms held, by their action, for their person and within the hour."""
    rows = db.session.scalars(
        select(Draft).where(
            Draft.token_hash == tokens.hash_token(token),
            Draft.user_id == user_id,
            Draft.kept_at > clock.now() - LIFE,
        )
    )
    return {row.action: [(name, value) for name, value in json.loads(row.fields)] for row in rows}


def forget(token: str, user_id: int, *, action: str) -> None:
    """The form was sent: its draft has served."""
    mine = (
        Draft.token_hash == tokens.hash_token(token),
        Draft.user_id == user_id,
        Draft.action == action,
    )
    if db.session.scalar(select(Draft.id).where(*mine).limit(1)) is None:
        return
    with transaction():
        db.session.execute(delete(Draft).where(*mine))


def forget_old() -> None:
    """Delete what nobody came back for, in the current transaction."""
    db.session.execute(delete(Draft).where(Draft.kept_at <= clock.now() - LIFE))
