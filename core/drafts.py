"""What was typed when the session had ended: kept sealed for a while, given back to its person.

The row is bound to a cookie of the browser and to the account whose ended session sent the form;
passwords, codes, files and tokens are never in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, tokens
from core.config import Config
from core.database import EncryptedText, Identified, Model, db
from core.personal_data import After, Fate, declare
from core.transaction import transaction

LARGEST = 64 * 1024
"""Letters of typed text in all; more is not kept."""
MOST_OF_ONE = 20
"""Drafts of one person that wait; the oldest make room for the next."""
_SECRET = re.compile(r"pass|secret|token|csrf|^(current|new|code)$|[-_]codes?$", re.IGNORECASE)
"""Names of fields that prove who somebody is."""

Fields = list[tuple[str, str]]


class Draft(Identified, Model):
    """The fields of one form that arrived too late."""

    __tablename__ = "drafts"

    token_hash: Mapped[str] = mapped_column(String(64), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    action_hash: Mapped[str] = mapped_column(String(64))
    """Where the form was sent: a form with this action is what it is given back to. Hashed, as an
    address may be somebody's secret link."""
    fields: Mapped[str] = mapped_column(EncryptedText)
    kept_at: Mapped[datetime] = mapped_column(index=True)


declare(Draft, Fate.ERASE, After(Draft.kept_at, "retention.typed_hours"))


def life() -> timedelta:
    """Return for how long the host keeps what was typed too late: it is given back until then."""
    config: Config = current_app.config["ALVEOLE"]
    return timedelta(hours=config.retention.typed_hours)


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
    if len(text) > LARGEST:
        return None
    token = token or tokens.new_token()
    sent_to = tokens.hash_token(action)
    mine = Draft.user_id == user_id
    with transaction():
        db.session.execute(delete(Draft).where(mine, Draft.action_hash == sent_to))
        newest = select(Draft.id).where(mine).order_by(Draft.id.desc()).limit(MOST_OF_ONE - 1)
        staying = list(db.session.scalars(newest))
        db.session.execute(delete(Draft).where(mine, Draft.id.not_in(staying)))
        db.session.add(
            Draft(
                token_hash=tokens.hash_token(token),
                user_id=user_id,
                action_hash=sent_to,
                fields=text,
                kept_at=clock.now(),
            )
        )
    return token


def list_for(token: str, user_id: int) -> dict[str, Fields]:
    """Return what forms held, by their hashed action, for their person and while it is kept."""
    rows = db.session.scalars(
        select(Draft).where(
            Draft.token_hash == tokens.hash_token(token),
            Draft.user_id == user_id,
            Draft.kept_at > clock.now() - life(),
        )
    )
    return {
        row.action_hash: [(name, value) for name, value in json.loads(row.fields)] for row in rows
    }


def of_form(kept: dict[str, Fields], action: str) -> Fields | None:
    """Return what was typed in the form that is sent to ``action``."""
    return kept.get(tokens.hash_token(action))


def forget(token: str, user_id: int, *, action: str) -> None:
    """The form was sent: its draft has served."""
    mine = (
        Draft.token_hash == tokens.hash_token(token),
        Draft.user_id == user_id,
        Draft.action_hash == tokens.hash_token(action),
    )
    if db.session.scalar(select(Draft.id).where(*mine).limit(1)) is None:
        return
    with transaction():
        db.session.execute(delete(Draft).where(*mine))
