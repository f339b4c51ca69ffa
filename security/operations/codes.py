"""What signing in and signing up share: mailed codes, and tries that are counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from core import clock, tokens
from core.database import db
from core.statements import rows
from security import email_codes
from security.queries import newest_code
from security.sent_codes import Asker, EmailCode, asked_by, binding_of, owner_of
from security.vocabulary import CodeCheck, CodePurpose


@dataclass(frozen=True)
class Judged:
    """What became of a code: how many tries are left, or the token of the session it opened."""

    check: CodeCheck
    tries_left: int = 0
    token: str = ""

    @classmethod
    def wrong(cls, check: CodeCheck, *, tries: int) -> Judged:
        """Say what was wrong, unless that was the last try."""
        left = email_codes.MAX_TRIES - tries
        return cls(check if left > 0 else CodeCheck.LOCKED, tries_left=max(left, 0))


def take_try(model: type[Asker], attempt: Asker) -> bool:
    """Count one try in one statement; say no once they are used up, however many come at once."""
    now = clock.now()
    taken = db.session.execute(
        update(model)
        .where(
            model.id == attempt.id,
            model.tries < email_codes.MAX_TRIES,
            model.finished_at.is_(None),
            model.expires_at > now,
        )
        .values(tries=model.tries + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(attempt)
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def may_send(purpose: CodePurpose, asker: Asker) -> bool:
    """Say whether the last code of this attempt is old enough for another to make sense."""
    newest = newest_code(purpose, asker)
    return newest is None or not email_codes.wait_left(newest.sent_at, clock.now())


def add_code(purpose: CodePurpose, asker: Asker) -> tuple[str, datetime]:
    """Write a new code, and return it with its end: it is known nowhere but in the mail."""
    now = clock.now()
    code = tokens.new_digits()
    expires_at = now + email_codes.LIFE
    rows(
        _ADD,
        purpose=purpose,
        code_hash=email_codes.hash_code(purpose, binding_of(asker), code),
        sent_at=now,
        expires_at=expires_at,
        used_at=None,
        **owner_of(asker),
    )
    return code, expires_at


_ADD = insert(EmailCode.__table__)  # type: ignore[arg-type]


def judge_mailed(purpose: CodePurpose, asker: Asker, code: str) -> CodeCheck:
    """Judge a code against the newest one mailed, and use it up."""
    newest = newest_code(purpose, asker)
    hashed = email_codes.hash_code(purpose, binding_of(asker), code)
    if newest is None or not tokens.same(newest.code_hash, hashed):
        # Only this attempt's own codes are looked through: what was mailed for another is wrong.
        sent = select(EmailCode.code_hash).where(
            EmailCode.purpose == purpose, asked_by(EmailCode, asker)
        )
        was_sent = any(tokens.same(one, hashed) for one in db.session.scalars(sent))
        return CodeCheck.REPLACED if was_sent else CodeCheck.WRONG
    now = clock.now()
    if now >= newest.expires_at:
        return CodeCheck.EXPIRED
    taken = db.session.execute(
        update(EmailCode)
        .where(EmailCode.id == newest.id, EmailCode.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return CodeCheck.RIGHT if taken.rowcount == 1 else CodeCheck.USED  # type: ignore[attr-defined]
