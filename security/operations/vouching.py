"""Codes that an administrator makes for somebody who lost every way in.

The packages above say whose administrator may make one, and call ``add_vouched_code`` from an
operation of theirs.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, update

from core import clock, tokens
from core.database import db
from core.page_slots import filled
from security import backup_codes, emails
from security.models import User, VouchedCode
from security.one_time_codes import hash_code
from security.operations import journal
from security.operations.mailed_links import not_me_url
from security.operations.text_warnings import warn_by_text
from security.queries import get_user, newest_vouched_code
from security.vocabulary import AccountChange, CodeCheck, IdentityCheck

LIFE = timedelta(minutes=10)
WAIT = timedelta(hours=24)
OPEN_FOR = timedelta(days=7)
"""After the wait."""


def add_vouched_code(user: User, *, made_by: User, how: IdentityCheck) -> str:
    """Write a code into the current transaction and tell its person; return it, to be read out."""
    now = clock.now()
    db.session.execute(
        delete(VouchedCode)
        .where(VouchedCode.user_id == user.id)
        .execution_options(synchronize_session="fetch")
    )
    code = backup_codes.new_set()[0]
    db.session.add(
        VouchedCode(
            user_id=user.id,
            made_by_id=made_by.id,
            how=how,
            code_hash=_hash(user.id, code),
            created_at=now,
            due_at=None,
            expires_at=now + LIFE,
            finished_at=None,
        )
    )
    journal.note_change(user, AccountChange.ADMIN_HELP)
    warn_by_text(user, not_me_url(user))
    return backup_codes.show(code)


def use_vouched_code(user_id: int, code: str) -> CodeCheck:
    """Use a code up beside a proved mailbox: two proofs, no wait."""
    row = _matching(user_id, code)
    return CodeCheck.WRONG if row is None else _finish(row)


def judge_vouched_code(user_id: int, code: str) -> CodeCheck:
    """Judge a code beside a password alone: the first time it starts a day of waiting."""
    row = _matching(user_id, code)
    if row is None:
        return CodeCheck.WRONG
    now = clock.now()
    if row.due_at is None:
        row.due_at = now + WAIT
        row.expires_at = row.due_at + OPEN_FOR
        user = get_user(user_id)
        if user is not None:
            way_out = not_me_url(user)
            emails.tell(user, emails.vouched_wait(row.due_at, way_out))
            warn_by_text(user, way_out)
        return CodeCheck.WAITS
    return _finish(row) if now >= row.due_at else CodeCheck.WAITS


def _matching(user_id: int, code: str) -> VouchedCode | None:
    row = newest_vouched_code(user_id)
    if row is None or not tokens.same(row.code_hash, _hash(user_id, code)):
        return None
    return row if _is_backed(row) else None


def _is_backed(row: VouchedCode) -> bool:
    """Ask whether who made the code could still make it: it dies with their right."""
    maker = get_user(row.made_by_id) if row.made_by_id is not None else None
    if maker is None or not maker.is_enabled:
        return False
    return any(filled("may_vouch", maker.id, row.user_id))


def _finish(row: VouchedCode) -> CodeCheck:
    taken = db.session.execute(
        update(VouchedCode)
        .where(VouchedCode.id == row.id, VouchedCode.finished_at.is_(None))
        .values(finished_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return CodeCheck.RIGHT if taken.rowcount == 1 else CodeCheck.USED  # type: ignore[attr-defined]


def _hash(user_id: int, code: str) -> str:
    return hash_code("vouched", (str(user_id),), code)
