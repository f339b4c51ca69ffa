"""Signing in: a password, then a code, then a session.

What is slow (hashing) or must be counted whatever follows (brakes) happens before the operations,
in the functions that prepare them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import structlog

from core import clock, native_pool, outbox, rate_limit, tokens
from core.admission import BusyError
from core.authorization import Actor, operation
from core.database import db
from core.errors import TooManyCodesError, TooManyRequestsError
from core.outbox import Message
from core.transaction import transaction
from security import emails, passwords
from security.models import SignInAttempt, User
from security.operations import alerts, brakes, journal, password_guard
from security.operations.codes import (
    Judged,
    add_code,
    is_locked,
    judge,
    may_send,
    take_try,
)
from security.operations.finishing import finish_attempt
from security.operations.kept_codes import (
    FoundCode,
    find_backup_code,
    judge_app_code,
    judge_backup_code,
)
from security.operations.known_devices import find_known_device, second_step_lane
from security.operations.strong_steps import must_be_strong
from security.operations.vouching import judge_vouched_code
from security.policy import AccountPermission
from security.queries import (
    find_attempt,
    find_user_by_identifier,
    read_second_steps,
)
from security.vocabulary import CodeCheck, CodePurpose, SecondStep, SecurityEventKind

log = structlog.get_logger(__name__)
ATTEMPT_LIFE = timedelta(minutes=30)


class Begun(NamedTuple):
    """A sign-in that waits for its second step."""

    token: str
    step: SecondStep
    """As this person usually takes it."""
    refusal: TooManyRequestsError | None = None
    """Why no code was mailed for it, where one would have been."""


def start_sign_in(
    actor: Actor,
    *,
    identifier: str,
    password: str,
    network: str,
    browser: str = "",
    device: str = "",
    replaces: str | None = None,
) -> Begun | None:
    """Judge a password, as slowly for an unknown address as for a known one.

    ``identifier`` is a folded address, or a number in E.164; both are braked as the account.

    A ``browser`` that finished a sign-in on this account before has a lane of its own: nobody else
    can make it wait. ``replaces`` is the token of the attempt that this browser gave up.
    Returns an attempt that waits for its second step, whose code is on its way if it is mailed;
    nothing when either is wrong.

    Raises:
        TooManyRequestsError: too many tries on this address, or from this network.
    """
    tried = _count_try(identifier, network=network, browser=browser)
    user, user_id = tried.user, tried.user.id if tried.user else 0
    stored = user.password_hash if user else native_pool.run(passwords.decoy_hash)
    matches = native_pool.run(passwords.verify_password, stored, password)
    if not matches or user is None or not tried.counts:
        journal.note_wrong_password(user_id or None)
        password_guard.disable_if_guessed_at(user_id)
        return None
    begin = partial(
        begin_attempt,
        actor,
        user,
        known_browser=browser if tried.is_known else "",
        device=device,
        replaces=replaces,
        forgets=tried.acts[0],
    )
    begun = begin(proved_hash=stored, renewed_hash=_renewed(stored, password))
    if begun is None:
        anew = password_guard.judge_anew(user_id, stored, password)
        begun = begin(proved_hash=anew) if anew else None
    return begun


class _Tried(NamedTuple):
    """A password that was counted and is to be judged."""

    user: User | None
    is_known: bool
    acts: tuple[rate_limit.Act, ...]
    """As what it counts; the right one has the first of them forgotten."""
    counts: bool
    """Whether it may serve."""


def _count_try(identifier: str, *, network: str, browser: str) -> _Tried:
    """Count one password before it is judged: one transaction, whoever it is for.

    It has ended when this returns: no connection waits with the slow judgment.

    Raises:
        TooManyRequestsError: what was counted before the refusal stays counted.
    """
    with transaction():
        user = find_user_by_identifier(identifier)
        user_id = user.id if user else 0
        is_known = find_known_device(user_id, browser) is not None
        acts = _acts_of_try(
            user.email if user else identifier,
            network=network,
            known_browser=browser if is_known else None,
        )
        refusal = rate_limit.count_in_turn(*acts)
        counts = refusal is None and (is_known or password_guard.count_try(user_id))
    if refusal is not None:
        raise refusal
    return _Tried(user, is_known, acts, counts)


def _acts_of_try(
    name: str, *, network: str, known_browser: str | None
) -> tuple[rate_limit.Act, ...]:
    """Return what one password counts as.

    A browser that was here before is in a lane of its own: strangers cannot hold it up.
    """
    if known_browser is not None:
        lane = f"{name}\x00{tokens.hash_token(known_browser)}"
        return (rate_limit.act(brakes.KNOWN_DEVICE_WAITS, lane),)
    return (
        rate_limit.act_of_network(brakes.PASSWORD_WAITS, network, beside=name),
        rate_limit.act_of_network(brakes.PASSWORDS_OF_NETWORK, network),
    )


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
    actor: Actor,
    user: User,
    *,
    proved_hash: str,
    renewed_hash: str | None = None,
    known_browser: str = "",
    device: str = "",
    replaces: str | None = None,
    forgets: rate_limit.Act = (),
) -> Begun | None:
    """Remember that the password was right, unless it has changed since it was judged.

    A code is mailed at once to who usually takes the second step so.

    A disabled one still serves a browser that is known, with an app or a passkey beside it.
    ``renewed_hash`` is of the same password, for a hash that is no longer made as it should be.
    ``forgets`` is the try that was counted before it was judged.
    """
    now = clock.now()
    rate_limit.stand_by(forgets)
    if not password_guard.is_still(user, proved_hash) or not user.is_enabled:
        return None
    if known_browser and find_known_device(user.id, known_browser) is None:
        return None  # forgotten while the password was being judged: a stranger's lane it is
    is_disabled = user.password_disabled_at is not None
    steps = read_second_steps(user.id)
    has_strong = steps.strong > 0
    if is_disabled and not (known_browser and has_strong):
        return None
    if renewed_hash is not None:
        user.password_hash = renewed_hash
    if not known_browser:
        password_guard.take_back_try(user)
    rate_limit.forget(forgets)
    before = find_attempt(replaces)
    if before is not None and replaces and is_same_press(before, user):
        return Begun(replaces, steps.usual(strong_only=before.strong_only))
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
    warnings = alerts.expect_end(attempt, replaces=before)
    db.session.add(attempt)
    step = steps.usual(strong_only=attempt.strong_only)
    if step is not SecondStep.EMAIL or attempt.strong_only:
        outbox.write(warnings)
        return Begun(token, step)
    db.session.flush()  # its code belongs to its row
    return Begun(token, step, send_code(actor, attempt, beside=warnings))


def is_same_press(attempt: SignInAttempt, user: User) -> bool:
    """Say whether a password is the one of a moment ago, sent again: its code is on its way."""
    if attempt.user_id != user.id or attempt.tries:
        return False
    return not may_send(CodePurpose.SIGN_IN, attempt)


def request_code(actor: Actor, attempt: SignInAttempt) -> None:
    """Mail a code for this attempt; within a minute of the last one, that one still counts.

    Raises:
        TooManyRequestsError: enough codes were mailed that nobody used.
    """
    if attempt.strong_only or not may_send(CodePurpose.SIGN_IN, attempt):
        return
    refusal = send_code(actor, attempt)
    if refusal is not None:
        raise refusal


@operation(AccountPermission.SIGN_IN)
def send_code(
    _actor: Actor, attempt: SignInAttempt, *, beside: Sequence[Message] = ()
) -> TooManyCodesError | None:
    """Make the newest code of this attempt, the only one that counts, and mail it.

    ``beside`` is queued with it, and without it. Returns why no code was mailed: raised, it would
    take back what was counted before it.
    """
    user = attempt.user
    refusal = rate_limit.count_in_turn(*_acts_of_codes(user))
    if refusal is not None:
        outbox.write(beside)
        return TooManyCodesError(refusal.retry_after)
    code, expires_at = add_code(CodePurpose.SIGN_IN, attempt)
    mail = emails.to_owner(user, emails.sign_in_code(code), not_after=expires_at)
    outbox.write([*beside, mail])
    return None


def _acts_of_codes(user: User) -> tuple[rate_limit.Act, rate_limit.Act]:
    """Return what one mailed code counts as."""
    return (
        rate_limit.act(brakes.CODES_BY_HOUR, user.email),
        rate_limit.act(brakes.CODES_BY_DAY, user.email),
    )


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
    """Judge a code of any kind, as ``read_code`` read it.

    Raises:
        TooManyRequestsError: too many codes were tried on this account.
    """
    user_id = attempt.user_id
    lane = second_step_lane(user_id, browser)
    tries = (
        rate_limit.act(brakes.SECOND_STEPS, lane),
        rate_limit.act(brakes.SECOND_STEPS_BY_DAY, lane),
    )
    rate_limit.hit_in_turn(*tries)
    backup = None
    if step is SecondStep.BACKUP and not is_locked(attempt):
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
        rate_limit.forget(*tries, *_acts_of_codes(attempt.user))
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
        check = judge(CodePurpose.SIGN_IN, attempt, code)
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
