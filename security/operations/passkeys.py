"""Making, naming, using and forgetting passkeys."""

from __future__ import annotations

import structlog
from sqlalchemy import and_, literal, or_, update
from sqlalchemy.exc import IntegrityError

from core import clock, rate_limit, tokens
from core.authorization import Actor, Instance, operation
from core.database import db
from core.errors import ConflictError, NotFoundError
from security import passkeys
from security.errors import LastStrongStepError
from security.models import Passkey, PasskeyChallenge, SignInAttempt, User
from security.operations import brakes, journal, strong_steps
from security.operations.codes import Judged, take_try
from security.operations.finishing import finish_attempt, open_whole_session
from security.operations.known_devices import second_step_lane
from security.passkeys import Answer, KnownKey, NewKey, Signed, Site
from security.policy import AccountPermission
from security.queries import find_passkey, get_user, list_passkeys
from security.vocabulary import AccountChange, CodeCheck, PasskeyUse, SecondStep

log = structlog.get_logger(__name__)
MOST = 10
"""Of one account."""
_site: Site | None = None


def configure(base_url: str, name: str) -> None:
    """Say for which site keys are made."""
    global _site  # noqa: PLW0603  (set once, at the start)
    _site = passkeys.site(base_url, name)


def get_site() -> Site | None:
    """Return the site that keys are made for; nothing when its address has no name."""
    return _site


def require_site() -> Site:
    """Return the site that keys are made for.

    Raises:
        NotFoundError: its address has no name that a key could be made for.
    """
    if _site is None:
        raise NotFoundError
    return _site


def known_key(row: Passkey) -> KnownKey:
    """Return what the library wants to know of a key."""
    return KnownKey(row.credential_id, row.public_key, tuple(row.transports))


# ── What is to be signed ──────────────────────────────────────────────────────────────────────


def for_session(secret: str | None) -> str:
    """Name the signed-in device that asks, by what no other session ever has."""
    return tokens.hash_token(f"session {secret or tokens.new_token()}")


def _for_attempt(attempt: SignInAttempt) -> str:
    return tokens.hash_token(f"attempt {attempt.token_hash}")


def _for_visitor(visitor: str) -> str:
    return tokens.hash_token(f"visitor {visitor}")


def add_challenge(use: PasskeyUse, bound_to: str) -> str:
    """Write what is to be signed, for one use by one asker; part of the transaction."""
    now = clock.now()
    challenge = passkeys.new_challenge()
    db.session.add(
        PasskeyChallenge(
            challenge=challenge,
            use=use,
            bound_to=bound_to,
            expires_at=now + passkeys.LIFE,
            used_at=None,
        )
    )
    return challenge


def use_up(challenge: str, use: PasskeyUse, bound_to: str) -> bool:
    """Take one challenge in one statement: the same answer never serves twice."""
    now = clock.now()
    taken = db.session.execute(
        update(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge == challenge,
            PasskeyChallenge.use == use,
            PasskeyChallenge.bound_to == bound_to,
            PasskeyChallenge.used_at.is_(None),
            PasskeyChallenge.expires_at > now,
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return taken.rowcount == 1  # type: ignore[attr-defined,no-any-return]


# ── One's keys ────────────────────────────────────────────────────────────────────────────────


@operation(AccountPermission.MANAGE_SECOND_STEPS)
def begin_passkey(_actor: User, user: User, *, bound_to: str) -> dict[str, object]:
    """Return what the browser of this session needs to make a key.

    Raises:
        ConflictError: there are enough keys already.
        NotFoundError: the site has no name that keys could be made for.
    """
    site, known = require_site(), list_passkeys(user.id)
    if len(known) >= MOST:
        raise ConflictError
    user.passkey_handle = user.passkey_handle or passkeys.new_handle()
    owner = passkeys.Owner(user.passkey_handle, user.email, user.display_name)
    challenge = add_challenge(PasskeyUse.REGISTER, bound_to)
    return passkeys.registration_options(site, owner, challenge, map(known_key, known))


def add_passkey(actor: User, user: User, *, answer: Answer, name: str, bound_to: str) -> bool:
    """Keep the key that was just made; say no when its answer is not right, or came too late."""
    new_key = passkeys.judge_new(require_site(), answer)
    if new_key is None:
        return False
    return keep_passkey(
        actor, user, new_key=new_key, challenge=answer.challenge, name=name, bound_to=bound_to
    )


@operation(AccountPermission.MANAGE_SECOND_STEPS)
def keep_passkey(
    _actor: User, user: User, *, new_key: NewKey, challenge: str, name: str, bound_to: str
) -> bool:
    """Write a key whose signature was judged right, unless its challenge was not for this session.

    Raises:
        ConflictError: there are enough keys already, or somebody has this very one.
    """
    if not use_up(challenge, PasskeyUse.REGISTER, bound_to):
        return False
    if len(list_passkeys(user.id)) >= MOST:
        raise ConflictError
    row = Passkey(
        user_id=user.id,
        credential_id=new_key.id,
        public_key=new_key.public_key,
        sign_count=new_key.sign_count,
        transports=list(new_key.transports),
        name=name,
        is_backed_up=new_key.is_backed_up,
        created_at=clock.now(),
        last_used_at=None,
    )
    db.session.add(row)
    try:
        db.session.flush()  # the constraint says whether this key is known already
    except IntegrityError as error:
        raise ConflictError from error
    strong_steps.open_what_waited(user)
    journal.note_change(user, AccountChange.PASSKEY_ADDED)
    return True


@operation(AccountPermission.MANAGE_SECOND_STEPS)
def rename_passkey(_actor: User, user: User, *, passkey_id: int, name: str) -> None:
    """Give a key another name.

    Raises:
        NotFoundError: it was removed meanwhile.
    """
    _get(user, passkey_id).name = name


@operation(AccountPermission.MANAGE_SECOND_STEPS)
def remove_passkey(_actor: User, user: User, *, passkey_id: int) -> None:
    """Accept this key no more.

    Raises:
        NotFoundError: it was removed already.
        LastStrongStepError: the person's role needs one, and this is the last.
    """
    row = _get(user, passkey_id)
    if strong_steps.is_last_required_step(user):
        raise LastStrongStepError
    db.session.delete(row)
    journal.note_change(user, AccountChange.PASSKEY_REMOVED)


def _get(user: User, passkey_id: int) -> Passkey:
    row = db.session.get(Passkey, passkey_id)
    if row is None or row.user_id != user.id:
        raise NotFoundError
    return row


# ── As a second step ──────────────────────────────────────────────────────────────────────────


@operation(AccountPermission.SIGN_IN)
def begin_second_step(_actor: Actor, attempt: SignInAttempt) -> dict[str, object]:
    """Return what the browser of this sign-in needs to use one of the account's keys."""
    challenge = add_challenge(PasskeyUse.SECOND_STEP, _for_attempt(attempt))
    known = map(known_key, list_passkeys(attempt.user_id))
    return passkeys.sign_in_options(require_site(), challenge, known)


def check_passkey(
    actor: Actor, attempt: SignInAttempt, *, answer: Answer | None, browser: str, device: str
) -> Judged:
    """Judge a key as the second step of this sign-in.

    Raises:
        TooManyRequestsError: too many second steps were tried on this account.
    """
    user_id = attempt.user_id
    lane = second_step_lane(user_id, browser)
    rate_limit.hit(brakes.SECOND_STEPS, lane)
    signed = judge_answer(answer, user_id)
    judged = judge_passkey(
        actor, attempt, answer=answer, signed=signed, browser=browser, device=device
    )
    if judged.check is CodeCheck.RIGHT:
        rate_limit.clear(brakes.SECOND_STEPS, lane)
    return judged


@operation(AccountPermission.SIGN_IN)
def judge_passkey(
    _actor: Actor,
    attempt: SignInAttempt,
    *,
    answer: Answer | None,
    signed: Signed | None,
    browser: str,
    device: str,
) -> Judged:
    """Open the session if the signature was right and asked for by this very sign-in."""
    if not take_try(SignInAttempt, attempt):
        return Judged(CodeCheck.LOCKED)
    if answer is None or signed is None:
        return Judged.wrong(CodeCheck.WRONG, tries=attempt.tries)
    if not use_up(answer.challenge, PasskeyUse.SECOND_STEP, _for_attempt(attempt)):
        return Judged.wrong(CodeCheck.EXPIRED, tries=attempt.tries)
    check = count_use(answer, attempt.user_id, signed)
    if check is not CodeCheck.RIGHT:
        return Judged.wrong(check, tries=attempt.tries)
    token = finish_attempt(attempt, SecondStep.PASSKEY, browser=browser, device=device)
    return Judged(check, token=token)


# ── Instead of the password ───────────────────────────────────────────────────────────────────


def begin_sign_in(
    actor: Actor, instance: Instance, *, visitor: str, network: str
) -> dict[str, object]:
    """Return what a browser needs to use any key of this site; its device knows whose.

    Raises:
        TooManyRequestsError: too many were asked for from this network.
    """
    rate_limit.hit_network(brakes.PASSKEYS_OF_NETWORK, network)
    return ask_for_any_passkey(actor, instance, visitor=visitor)


@operation(AccountPermission.SIGN_IN)
def ask_for_any_passkey(_actor: Actor, _instance: Instance, *, visitor: str) -> dict[str, object]:
    """Write what this visitor's browser is to sign."""
    challenge = add_challenge(PasskeyUse.SIGN_IN, _for_visitor(visitor))
    return passkeys.sign_in_options(require_site(), challenge)


def sign_in_with_passkey(
    actor: Actor, *, answer: Answer | None, visitor: str, browser: str, device: str
) -> Judged:
    """Judge a key that stands for both steps: the device had to recognise its owner."""
    row = find_passkey(answer.key_id) if answer else None
    user = get_user(row.user_id) if row else None
    if answer is None or user is None:
        return Judged(CodeCheck.WRONG)
    signed = judge_answer(answer, user.id)
    if signed is None or not tokens.same(answer.user_handle, user.passkey_handle or ""):
        return Judged(CodeCheck.WRONG)
    return open_with_passkey(
        actor, user, answer=answer, signed=signed, visitor=visitor, browser=browser, device=device
    )


@operation(AccountPermission.SIGN_IN)
def open_with_passkey(
    _actor: Actor,
    user: User,
    *,
    answer: Answer,
    signed: Signed,
    visitor: str,
    browser: str,
    device: str,
) -> Judged:
    """Open the session if the signature was asked for by this very visitor."""
    if not user.is_enabled:
        return Judged(CodeCheck.WRONG)
    if not use_up(answer.challenge, PasskeyUse.SIGN_IN, _for_visitor(visitor)):
        return Judged(CodeCheck.EXPIRED)
    check = count_use(answer, user.id, signed)
    if check is not CodeCheck.RIGHT:
        return Judged(check)
    token = open_whole_session(user, SecondStep.PASSKEY, browser=browser, device=device)
    return Judged(check, token=token)


def judge_answer(answer: Answer | None, user_id: int) -> Signed | None:
    """Verify the signature, outside any transaction: it takes its time."""
    row = find_passkey(answer.key_id) if answer else None
    if answer is None or row is None or row.user_id != user_id:
        return None
    return passkeys.judge(require_site(), answer, known_key(row))


def count_use(answer: Answer, user_id: int, signed: Signed) -> CodeCheck:
    """Move the key's counter forward in one statement; one that goes back has a double."""
    now = clock.now()
    forward = or_(
        Passkey.sign_count < signed.sign_count,
        and_(Passkey.sign_count == 0, literal(signed.sign_count == 0)),  # some devices never count
    )
    moved = db.session.execute(
        update(Passkey)
        .where(Passkey.credential_id == answer.key_id, Passkey.user_id == user_id, forward)
        .values(sign_count=signed.sign_count, is_backed_up=signed.is_backed_up, last_used_at=now)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount == 1:  # type: ignore[attr-defined]
        return CodeCheck.RIGHT
    log.warning("passkey_counter_went_back", user=user_id)
    return CodeCheck.CLONED
