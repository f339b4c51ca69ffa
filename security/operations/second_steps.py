"""Changing one's way in: the password, the backup codes, the authenticator application.

Each change asks for the current password again, and is told by e-mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, update

from core import clock, native_pool, rate_limit
from core.authorization import operation
from core.database import db
from core.errors import ConflictError
from security import backup_codes, passwords, totp
from security.errors import LastStrongStepError
from security.live_sessions import get_session_for
from security.models import BackupCode, TotpAuthenticator, User
from security.operations import brakes, journal, known_devices, password_guard, strong_steps
from security.operations.mailed_links import drop_what_waits
from security.operations.sessions import is_proof_fresh, remove_sessions
from security.policy import AccountPermission
from security.queries import get_authenticator
from security.vocabulary import AccountChange, CodeCheck

SETUP_LIFE = timedelta(minutes=30)
"""How long a secret on screen waits for its first code."""


@dataclass(frozen=True)
class Proof:
    """The current password was judged right against this very hash."""

    password_hash: str


def prove_password(user: User, password: str) -> Proof | None:
    """Judge the current password of somebody signed in; the proof is for one operation.

    Raises:
        TooManyRequestsError: too many wrong ones.
    """
    user_id, stored = user.id, user.password_hash
    rate_limit.hit(brakes.CONFIRMATIONS, str(user_id))
    asks = (_person(user_id),)
    if not native_pool.run(passwords.verify_password, stored, password, of=asks):
        return None
    rate_limit.clear(brakes.CONFIRMATIONS, str(user_id))
    return Proof(password_guard.judge_anew(user_id, stored, password) or stored)


def _person(user_id: int) -> str:
    """Name who is signed in, apart from who only tries codes on this account."""
    return f"person {user_id}"


def proof_of_session(user: User, session_id: int | None) -> Proof | None:
    """Return the proof that was given on this device minutes ago, for one operation."""
    row = get_session_for(user, session_id or 0)
    fresh = row is not None and is_proof_fresh(row.proved_at)
    return Proof(user.password_hash) if fresh else None


def require_proof(user: User, proof: Proof) -> None:
    """Refuse a proof of an older password.

    Raises:
        ConflictError: it was changed elsewhere since it was proved.
    """
    if not password_guard.is_still(user, proof.password_hash):
        raise ConflictError


def hash_new_password(password: str) -> str:
    """Hash outside the operation."""
    return native_pool.run(passwords.hash_password, password)


@operation(AccountPermission.CHANGE_PASSWORD)
def change_password(
    _actor: User,
    user: User,
    *,
    proof: Proof,
    new_hash: str,
    keep: int | None,
    browser: str = "",
) -> int:
    """Replace the password, and sign out every device but ``keep``; say how many.

    Only the ``browser`` at hand stays known. Whoever had got half-way in with the old one is out
    as well.

    Raises:
        ConflictError: it was changed elsewhere since it was proved.
    """
    require_proof(user, proof)
    user.password_hash = new_hash
    user.password_changed_at = clock.now()
    password_guard.accept_again(user)
    known_devices.forget_known_devices(user.id, keep=browser)
    drop_what_waits(user.id)
    journal.note_change(user, AccountChange.PASSWORD)
    return remove_sessions(user.id, keep=keep)


def make_backup_codes(user: User) -> tuple[list[str], list[str]]:
    """Return eight new codes, to be shown once, and what is kept of them.

    Raises:
        BusyError: this person has much under way already, or many others have.
    """
    asks = (_person(user.id),)
    codes = backup_codes.new_set()
    hashes = native_pool.run_each(passwords.hash_secret, [(code,) for code in codes], of=asks)
    return [backup_codes.show(code) for code in codes], hashes


@operation(AccountPermission.MANAGE_SECOND_STEPS)
def replace_backup_codes(_actor: User, user: User, *, proof: Proof, hashes: list[str]) -> None:
    """Put a new set in the place of the old one, which dies.

    Raises:
        ConflictError: the password was changed elsewhere since it was proved.
    """
    require_proof(user, proof)
    db.session.execute(delete(BackupCode).where(BackupCode.user_id == user.id))
    now = clock.now()
    db.session.add_all(
        BackupCode(user_id=user.id, number=number, code_hash=stored, created_at=now, used_at=None)
        for number, stored in enumerate(hashes, 1)
    )
    journal.note_change(user, AccountChange.BACKUP_CODES)


@operation(AccountPermission.MANAGE_SECOND_STEPS)
def start_authenticator(_actor: User, user: User) -> None:
    """Make a new secret, to be shown until its first code; a pending one dies.

    Raises:
        ConflictError: an application is enabled already.
    """
    known = get_authenticator(user.id)
    if known is not None and known.enabled_at is not None:
        raise ConflictError
    if known is None:
        known = TotpAuthenticator(user_id=user.id, enabled_at=None)
        db.session.add(known)
    known.secret = totp.new_secret()
    known.last_step = 0
    known.created_at = clock.now()


def is_waiting(application: TotpAuthenticator | None) -> bool:
    """Say whether a secret may still be shown and enabled."""
    return (
        application is not None
        and application.enabled_at is None
        and clock.now() < application.created_at + SETUP_LIFE
    )


@operation(AccountPermission.MANAGE_SECOND_STEPS)
def enable_authenticator(_actor: User, user: User, *, proof: Proof, code: str) -> CodeCheck:
    """Turn the application on if it shows the right code.

    Raises:
        ConflictError: no secret waits, or the password was changed elsewhere.
    """
    require_proof(user, proof)
    application = get_authenticator(user.id)
    if application is None or not is_waiting(application):
        raise ConflictError
    now = clock.now()
    step = totp.matching_step(application.secret, code, now)
    if step is None:
        drifted = totp.drifted_step(application.secret, code, now)
        return CodeCheck.WRONG if drifted is None else CodeCheck.DRIFTED
    enabled = db.session.execute(
        update(TotpAuthenticator)
        .where(
            TotpAuthenticator.id == application.id,
            TotpAuthenticator.enabled_at.is_(None),
            TotpAuthenticator.created_at == application.created_at,  # the secret that was judged
        )
        .values(enabled_at=now, last_step=step)
    )
    if enabled.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError
    strong_steps.open_what_waited(user)
    journal.note_change(user, AccountChange.APP_ENABLED)
    return CodeCheck.RIGHT


@operation(AccountPermission.MANAGE_SECOND_STEPS)
def disable_authenticator(_actor: User, user: User, *, proof: Proof) -> None:
    """Forget the application; e-mail codes remain.

    Raises:
        ConflictError: the password was changed elsewhere since it was proved.
        LastStrongStepError: the person's role needs an app or a passkey, and this is the last.
    """
    require_proof(user, proof)
    application = get_authenticator(user.id)
    if application is not None:
        if application.enabled_at is not None and strong_steps.is_last_required_step(user):
            raise LastStrongStepError
        db.session.delete(application)
        journal.note_change(user, AccountChange.APP_DISABLED)
