"""Signing in: a password, then a code, then a session.

What is slow (hashing) or must be counted whatever follows (brakes) happens before the operations,
in the functions that prepare them.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, update

from core import clock, native_pool, rate_limit, tokens
from core.authorization import Actor, operation
from core.database import db
from security import backup_codes, email_codes, emails, passwords, totp
from security.models import BackupCode, EmailCode, SignInAttempt, TotpAuthenticator, User
from security.operations import brakes
from security.operations.codes import Judged, add_code, judge_mailed, may_send, take_try
from security.operations.sessions import add_session
from security.policy import AccountPermission
from security.queries import find_user_by_email, get_authenticator, list_backup_codes
from security.vocabulary import CodeCheck, CodePurpose, SecondStep

ATTEMPT_LIFE = timedelta(minutes=30)


def start_sign_in(actor: Actor, *, email: str, password: str, network: str) -> str | None:
    """Judge a password, as slowly for an unknown address as for a known one.

    Returns the token of an attempt that waits for its second step; nothing when either is wrong.

    Raises:
        TooManyRequestsError: too many tries on this address, or from this network.
    """
    rate_limit.hit_or_wait(brakes.PASSWORD_WAITS, f"{email}\x00{network}")
    rate_limit.hit(brakes.PASSWORDS_OF_ADDRESS, email)
    rate_limit.hit(brakes.PASSWORDS_OF_NETWORK, network)
    user = find_user_by_email(email)
    stored = user.password_hash if user else native_pool.run(passwords.decoy_hash)
    db.session.rollback()  # hashing takes its time: no connection waits with it
    if not native_pool.run(passwords.verify_password, stored, password) or user is None:
        return None
    token = begin_attempt(actor, user, proved_hash=stored)
    if token is not None:
        rate_limit.clear(brakes.PASSWORD_WAITS, f"{email}\x00{network}")
        rate_limit.clear(brakes.PASSWORDS_OF_ADDRESS, email)
    return token


@operation(AccountPermission.SIGN_IN)
def begin_attempt(_actor: Actor, user: User, *, proved_hash: str) -> str | None:
    """Remember that the password was right, unless it has changed since it was judged."""
    now = clock.now()
    if user.password_hash != proved_hash or not user.is_enabled:
        return None
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.expires_at < now))
    db.session.execute(delete(EmailCode).where(EmailCode.expires_at < now - timedelta(days=1)))
    token = tokens.new_token()
    db.session.add(
        SignInAttempt(
            token_hash=tokens.hash_token(token),
            user_id=user.id,
            started_at=now,
            expires_at=now + ATTEMPT_LIFE,
            tries=0,
            finished_at=None,
        )
    )
    return token


def request_code(actor: Actor, attempt: SignInAttempt) -> None:
    """Mail a code for this attempt; within a minute of the last one, that one still counts.

    Raises:
        TooManyRequestsError: enough codes were mailed that nobody used.
    """
    if not may_send(CodePurpose.SIGN_IN, attempt.id):
        return
    address = attempt.user.email
    rate_limit.hit(brakes.CODES_BY_HOUR, address)
    rate_limit.hit(brakes.CODES_BY_DAY, address)
    send_code(actor, attempt)


@operation(AccountPermission.SIGN_IN)
def send_code(_actor: Actor, attempt: SignInAttempt) -> None:
    """Make the newest code of this attempt, the only one that counts, and mail it."""
    code, expires_at = add_code(CodePurpose.SIGN_IN, attempt.id)
    emails.send_sign_in_code(attempt.user, code, expires_at)


def check_code(
    actor: Actor, attempt: SignInAttempt, *, step: SecondStep, code: str, device: str
) -> Judged:
    """Judge a code of any kind, as ``email_codes`` or ``backup_codes`` read it.

    Raises:
        TooManyRequestsError: too many codes were tried on this account.
    """
    user_id, address = attempt.user_id, attempt.user.email
    rate_limit.hit(brakes.SECOND_STEPS, str(user_id))
    rate_limit.hit(brakes.SECOND_STEPS_BY_DAY, str(user_id))
    backup_id = None
    if step is SecondStep.BACKUP and attempt.tries < email_codes.MAX_TRIES:
        backup_id = _find_backup_code(user_id, code)
    judged = judge_code(actor, attempt, step=step, code=code, backup_id=backup_id, device=device)
    if judged.check is CodeCheck.RIGHT:
        rate_limit.clear(brakes.SECOND_STEPS, str(user_id))
        rate_limit.clear(brakes.SECOND_STEPS_BY_DAY, str(user_id))
        rate_limit.clear(brakes.CODES_BY_HOUR, address)
        rate_limit.clear(brakes.CODES_BY_DAY, address)
    return judged


@operation(AccountPermission.SIGN_IN)
def judge_code(
    _actor: Actor,
    attempt: SignInAttempt,
    *,
    step: SecondStep,
    code: str,
    backup_id: int | None,
    device: str,
) -> Judged:
    """Say what became of the code, and remember that it was tried; the right one opens a session.

    ``backup_id`` is the backup code that was found to match: finding it is too slow for here.
    """
    if not take_try(SignInAttempt, attempt):
        return Judged(CodeCheck.LOCKED)
    if step is SecondStep.EMAIL:
        check = judge_mailed(CodePurpose.SIGN_IN, attempt.id, code)
    elif step is SecondStep.APP:
        check = _judge_app_code(attempt.user_id, code)
    else:
        check = _judge_backup_code(attempt.user_id, backup_id)
    if check is not CodeCheck.RIGHT:
        return Judged.wrong(check, tries=attempt.tries)
    attempt.finished_at = clock.now()
    return Judged(check, token=add_session(attempt.user, step, device))


def _judge_app_code(user_id: int, code: str) -> CodeCheck:
    application = get_authenticator(user_id)
    if application is None or application.enabled_at is None:
        return CodeCheck.WRONG
    now = clock.now()
    step = totp.matching_step(application.secret, code, now)
    if step is None:
        drifted = totp.drifted_step(application.secret, code, now)
        return CodeCheck.WRONG if drifted is None else CodeCheck.DRIFTED
    taken = db.session.execute(
        update(TotpAuthenticator)
        .where(TotpAuthenticator.id == application.id, TotpAuthenticator.last_step < step)
        .values(last_step=step)
        .execution_options(synchronize_session=False)
    )
    return CodeCheck.RIGHT if taken.rowcount == 1 else CodeCheck.USED  # type: ignore[attr-defined]


def _judge_backup_code(user_id: int, backup_id: int | None) -> CodeCheck:
    if backup_id is None:
        return CodeCheck.WRONG
    taken = db.session.execute(
        update(BackupCode)
        .where(
            BackupCode.id == backup_id,
            BackupCode.user_id == user_id,
            BackupCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return CodeCheck.RIGHT if taken.rowcount == 1 else CodeCheck.USED  # type: ignore[attr-defined]


def _find_backup_code(user_id: int, code: str) -> int | None:
    """Look at used ones too: their owner is told that the code has served."""
    rows = [(row.id, row.code_hash) for row in list_backup_codes(user_id)]
    db.session.rollback()  # eight hashes take their time: no connection waits with them
    hashes = [stored for _, stored in rows]
    place = native_pool.run(passwords.find_match, hashes, code)
    return None if place is None else rows[place][0]


def read_code(step: SecondStep, typed: str) -> str | None:
    """Return the code meant by what was typed; nothing if it has not even the shape of one."""
    return backup_codes.read(typed) if step is SecondStep.BACKUP else email_codes.read_digits(typed)
