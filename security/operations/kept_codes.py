"""Codes that people keep themselves, of an app or on paper: judging them, and using them up."""

from __future__ import annotations

from typing import NamedTuple

import structlog
from sqlalchemy import select, update

from core import clock, native_pool
from core.database import db
from security import backup_codes, passwords, totp
from security.models import BackupCode, TotpAuthenticator
from security.operations.codes import read_digits
from security.queries import get_authenticator, list_backup_codes
from security.vocabulary import CodeCheck, SecondStep

log = structlog.get_logger(__name__)


def judge_app_code(user_id: int, code: str) -> CodeCheck:
    """Judge a code of the application, and use its moment up."""
    application = get_authenticator(user_id)
    if application is None or application.enabled_at is None:
        return CodeCheck.WRONG
    now = clock.now()
    step = totp.matching_step(application.secret, code, now)
    if step is None:
        drifted = totp.drifted_step(application.secret, code, now)
        if drifted is not None:
            log.warning("authenticator_clock_off", user=user_id, steps=drifted - totp.step_of(now))
        return CodeCheck.WRONG if drifted is None else CodeCheck.DRIFTED
    taken = db.session.execute(
        update(TotpAuthenticator)
        .where(
            TotpAuthenticator.id == application.id,
            TotpAuthenticator.enabled_at == application.enabled_at,
            TotpAuthenticator.last_step < step,
        )
        .values(last_step=step)
        .execution_options(synchronize_session=False)
    )
    return CodeCheck.RIGHT if taken.rowcount == 1 else CodeCheck.USED  # type: ignore[attr-defined]


class FoundCode(NamedTuple):
    """A backup code that was found to match: its row, and the very hash that was judged."""

    id: int
    code_hash: str


def judge_backup_code(user_id: int, matching: FoundCode | None) -> CodeCheck:
    """Use up the backup code that was found to match, in one statement, if it is still that one.

    A new set may have come meanwhile: what was judged is then gone, and opens nothing.
    """
    if matching is None:
        return CodeCheck.WRONG
    judged = (
        BackupCode.id == matching.id,
        BackupCode.code_hash == matching.code_hash,
        BackupCode.user_id == user_id,
    )
    taken = db.session.execute(
        update(BackupCode)
        .where(*judged, BackupCode.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount == 1:  # type: ignore[attr-defined]
        return CodeCheck.RIGHT
    is_there = db.session.scalar(select(BackupCode.id).where(*judged)) is not None
    return CodeCheck.USED if is_there else CodeCheck.WRONG


def find_backup_code(user_id: int, code: str, *, network: str = "") -> FoundCode | None:
    """Return the backup code that matches, before the operation that uses it: this is slow.

    All are looked at, right or wrong; an account, and a network, has one such look at a time.

    Used ones are looked at too: their owner is told that the code has served.
    """
    rows = [FoundCode(row.id, row.code_hash) for row in list_backup_codes(user_id)]
    db.session.rollback()  # eight hashes take their time: no connection waits with them
    names = [f"account {user_id}"] + ([f"network {network}"] if network else [])
    matches = native_pool.run_each(
        passwords.verify_password, [(row.code_hash, code) for row in rows], of=tuple(names)
    )
    return next((row for row, fits in zip(rows, matches, strict=True) if fits), None)


def read_code(step: SecondStep, typed: str) -> str | None:
    """Return the code meant by what was typed; nothing if it has not even the shape of one."""
    if step in {SecondStep.BACKUP, SecondStep.VOUCHED}:
        return backup_codes.read(typed)
    return read_digits(typed)
