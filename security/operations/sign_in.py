"""Signing in: a password, then a code, then a session.

What is slow (hashing) or must be counted whatever follows (brakes) happens before the operations,
in the functions that prepare them.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import NamedTuple

import structlog
from sqlalchemy import select, update

from core import clock, native_pool, rate_limit, tokens
from core.admission import BusyError
from core.authorization import Actor, operation
from core.database import db
from core.transaction import transaction
from security import backup_codes, email_codes, emails, passwords, totp
from security.models import BackupCode, SignInAttempt, TotpAuthenticator, User
from security.operations import alerts, brakes, journal, password_guard
from security.operations.codes import Judged, add_code, judge_mailed, may_send, take_try
from security.operations.finishing import finish_attempt
from security.operations.known_devices import find_known_device, second_step_lane
from security.operations.strong_steps import must_be_strong
from security.operations.vouching import judge_vouched_code
from security.policy import AccountPermission
from security.queries import (
    count_strong_steps,
    find_attempt,
    find_user_by_identifier,
    get_authenticator,
    list_backup_codes,
)
from security.vocabulary import CodeCheck, CodePurpose, SecondStep, SecurityEventKind

log = structlog.get_logger(__name__)
ATTEMPT_LIFE = timedelta(minutes=30)


def start_sign_in(
    actor: Actor,
    *,
    identifier: str,
    password: str,
    network: str,
    browser: str = "",
    device: str = "",
    replaces: str | None = None,
) -> str | None:
    """Judge a password, as slowly for an unknown address as for a known one.

    ``identifier`` is a folded address, or a number in E.164; both are braked as the account.

    A ``browser`` that finished a sign-in on this account before has a lane of its own: nobody else
    can make it wait. ``replaces`` is the token of the attempt that this browser gave up.
    Returns the token of an attempt that waits for its second step; nothing when either is wrong.

    Raises:
        TooManyRequestsError: too many tries on this address, or from this network.
    """
    user = find_user_by_identifier(identifier)
    name = user.email if user else identifier
    user_id = user.id if user else 0
    is_known = find_known_device(user_id, browser) is not None
    stored = user.password_hash if user else native_pool.run(passwords.decoy_hash)
    tries = _acts_of_try(name, network=network, known_browser=browser if is_known else None)
    counts = _count_try(tries, user_id, is_known=is_known)
    db.session.rollback()  # hashing takes its time: no connection waits with it
    matches = native_pool.run(passwords.verify_password, stored, password)
    if not matches or user is None or not counts:
        journal.note_wrong_password(user_id or None)
        password_guard.disable_if_guessed_at(user_id)
        return None
    begin = partial(
        begin_attempt,
        actor,
        user,
        is_known=is_known,
        browser=browser,
        device=device,
        replaces=replaces,
        forgets=tries[0],
    )
    token = begin(proved_hash=stored, renewed_hash=_renewed(stored, password))
    if token is None:
        anew = password_guard.judge_anew(user_id, stored, password)
        token = begin(proved_hash=anew) if anew else None
    return token


def _acts_of_try(
    name: str, *, network: str, known_browser: str | None
) -> tuple[rate_limit.Act, ...]:
    """Return what one password counts as; the right one has the first of them forgotten.

    A browser that was here before is in a lane of its own: strangers cannot hold it up.
    """
    if known_browser is not None:
        lane = f"{name}\x00{tokens.hash_token(known_browser)}"
        return (rate_limit.act(brakes.KNOWN_DEVICE_WAITS, lane),)
    return (
        rate_limit.act_of_network(brakes.PASSWORD_WAITS, network, beside=name),
        rate_limit.act_of_network(brakes.PASSWORDS_OF_NETWORK, network),
    )


def _count_try(tries: tuple[rate_limit.Act, ...], user_id: int, *, is_known: bool) -> bool:
    """Count one password before it is judged, all in one transaction; say whether it may serve.

    Raises:
        TooManyRequestsError: what was counted before the refusal stays counted.
    """
    with transaction():
        refusal = rate_limit.count_in_turn(*tries)
        counts = refusal is None and (is_known or password_guard.count_try(user_id))
    if refusal is not None:
        raise refusal
    return counts


def _renewed(stored: str, password: str) -> str | None:
    """Hash a dated password anew; when too many wait for hashing, its next sign-in does it."""
    if not passwords.may_be_dated(stored, password):
        return None
    try:
        return native_pool.run(passwords.renewed_hash, stored, password)
    except BusyError:
        log.info("password_renewed_later")
        return None


@operation(AccountPermission.SIGN_IN)
def begin_attempt(
    _actor: Actor,
    user: User,
    *,
    proved_hash: str,
    renewed_hash: str | None = None,
    is_known: bool = False,
    browser: str = "",
    device: str = "",
    replaces: str | None = None,
    forgets: rate_limit.Act = (),
) -> str | None:
    """Remember that the password was right, unless it has changed since it was judged.

    A disabled one still serves a known device, with an app or a passkey beside it. ``renewed_hash``
    is of the same password, for a hash that is no longer made as it should be. ``forgets`` is the
    try that was counted before it was judged.
    """
    now = clock.now()
    rate_limit.stand_by(forgets)
    if not password_guard.is_still(user, proved_hash) or not user.is_enabled:
        return None
    if is_known and find_known_device(user.id, browser) is None:
        return None  # forgotten while the password was being judged: a stranger's lane it is
    is_disabled = user.password_disabled_at is not None
    has_strong = count_strong_steps(user.id) > 0
    if is_disabled and not (is_known and has_strong):
        return None
    user.password_hash = renewed_hash or user.password_hash
    if not is_known:
        password_guard.take_back_try(user)
    rate_limit.forget(forgets)
    before = find_attempt(replaces)
    if replaces and is_same_press(before, user):
        return replaces
    token = tokens.new_token()
    attempt = SignInAttempt(
        token_hash=tokens.hash_token(token),
        user_id=user.id,
        started_at=now,
        expires_at=now + ATTEMPT_LIFE,
        tries=0,
        finished_at=None,
        device=device[:120],
        strong_only=is_disabled or (has_strong and must_be_strong(user)),
    )
    alerts.expect_end(attempt, replaces=before)
    db.session.add(attempt)
    return token


def is_same_press(attempt: SignInAttempt | None, user: User) -> bool:
    """Say whether a password is the one of a moment ago, sent again: its code is on its way."""
    if attempt is None or attempt.user_id != user.id or attempt.tries:
        return False
    return not may_send(CodePurpose.SIGN_IN, attempt)


def request_code(actor: Actor, attempt: SignInAttempt) -> None:
    """Mail a code for this attempt; within a minute of the last one, that one still counts.

    Raises:
        TooManyRequestsError: enough codes were mailed that nobody used.
    """
    if attempt.strong_only or not may_send(CodePurpose.SIGN_IN, attempt):
        return
    address = attempt.user.email
    with rate_limit.asking_for_codes():
        rate_limit.hit_in_turn(
            rate_limit.act(brakes.CODES_BY_HOUR, address),
            rate_limit.act(brakes.CODES_BY_DAY, address),
        )
    send_code(actor, attempt)


@operation(AccountPermission.SIGN_IN)
def send_code(_actor: Actor, attempt: SignInAttempt) -> None:
    """Make the newest code of this attempt, the only one that counts, and mail it."""
    code, expires_at = add_code(CodePurpose.SIGN_IN, attempt)
    emails.tell(attempt.user, emails.sign_in_code(code), not_after=expires_at)


def check_code(
    actor: Actor,
    attempt: SignInAttempt,
    *,
    step: SecondStep,
    code: str,
    device: str,
    browser: str = "",
    network: str = "",
) -> Judged:
    """Judge a code of any kind, as ``email_codes`` or ``backup_codes`` read it.

    Raises:
        TooManyRequestsError: too many codes were tried on this account.
    """
    user_id, address = attempt.user_id, attempt.user.email
    lane = second_step_lane(user_id, browser)
    tries = (
        rate_limit.act(brakes.SECOND_STEPS, lane),
        rate_limit.act(brakes.SECOND_STEPS_BY_DAY, lane),
    )
    rate_limit.hit_in_turn(*tries)
    backup = None
    if step is SecondStep.BACKUP and attempt.tries < email_codes.MAX_TRIES:
        backup = find_backup_code(user_id, code, network=network)
    judged = judge_code(
        actor,
        attempt,
        step=step,
        code=code,
        backup=backup,
        device=device,
        browser=browser,
    )
    if judged.check is CodeCheck.RIGHT:
        rate_limit.forget(
            *tries,
            rate_limit.act(brakes.CODES_BY_HOUR, address),
            rate_limit.act(brakes.CODES_BY_DAY, address),
        )
    return judged


@operation(AccountPermission.SIGN_IN)
def judge_code(
    _actor: Actor,
    attempt: SignInAttempt,
    *,
    step: SecondStep,
    code: str,
    backup: FoundCode | None,
    device: str,
    browser: str = "",
) -> Judged:
    """Say what became of the code, and remember that it was tried; the right one opens a session.

    ``backup`` is the backup code that was found to match: finding it is too slow for here.
    """
    if not take_try(SignInAttempt, attempt):
        return Judged(CodeCheck.LOCKED)
    if attempt.strong_only and step is SecondStep.EMAIL:
        check = CodeCheck.WRONG  # nobody was mailed one
    elif step is SecondStep.EMAIL:
        check = judge_mailed(CodePurpose.SIGN_IN, attempt, code)
    elif step is SecondStep.APP:
        check = judge_app_code(attempt.user_id, code)
    elif step is SecondStep.VOUCHED:
        check = judge_vouched_code(attempt.user_id, code)
    else:
        check = judge_backup_code(attempt.user_id, backup)
    if check is CodeCheck.WAITS:
        return Judged(check)
    if check is not CodeCheck.RIGHT:
        journal.count_refusal(attempt.user_id, SecurityEventKind.WRONG_CODE)
        return Judged.wrong(check, tries=attempt.tries)
    token = finish_attempt(attempt, step, browser=browser, device=device)
    return Judged(check, token=token)


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


def judge_backup_code(user_id: int, found: FoundCode | None) -> CodeCheck:
    """Use up the backup code that was found to match, in one statement, if it is still that one.

    A new set may have come meanwhile: what was judged is then gone, and opens nothing.
    """
    if found is None:
        return CodeCheck.WRONG
    judged = (
        BackupCode.id == found.id,
        BackupCode.code_hash == found.code_hash,
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
    return email_codes.read_digits(typed)
