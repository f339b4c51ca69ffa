"""Wrong passwords from strangers' browsers, counted by account: after a hundred it is disabled.

Each try is counted before it is judged, and taken back when it was right: a hundred at once are a
hundred. Known devices, passkeys and a new password remain as ways in.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, bindparam, delete, select, update

from core import clock, native_pool
from core.authorization import System, operation
from core.database import db, id_of
from core.statements import rows
from security import emails, passwords
from security.models import SignInAttempt, User
from security.operations import brakes
from security.operations.mailed_links import not_me_url
from security.policy import AccountPermission
from security.queries import count_strong_steps, get_user


def is_still(user: User, judged_hash: str) -> bool:
    """Say whether the password is still the one that was judged, and keep it so until the end.

    Judging takes its time, outside any transaction; on PostgreSQL the row is locked here, so that
    of two changes that were both proved by the old password only the first one happens.
    """
    account = db.session.scalar(_LOCKED, {"user": id_of(user)})  # the very object, as it is now
    return account is not None and account.password_hash == judged_hash


_LOCKED = (
    select(User)
    .where(User.id == bindparam("user"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


def judge_anew(user_id: int, judged_hash: str, password: str) -> str | None:
    """Judge once more a right password whose hash was replaced meanwhile; return what it opens.

    Another sign-in of the same person may have renewed it; a new password would not open.
    """
    db.session.rollback()
    stored = db.session.scalar(select(User.password_hash).where(User.id == user_id))
    db.session.rollback()  # hashing takes its time: no connection waits with it
    if stored is None or stored == judged_hash:
        return None
    opens = native_pool.run(passwords.verify_password, stored, password)
    return stored if opens else None


def count_try(user_id: int) -> bool:
    """Count one try in the current transaction; say no when the password is disabled.

    An unknown address costs the same statement.
    """
    return bool(rows(_COUNT, user=user_id, most=brakes.WRONG_PASSWORDS).rowcount)


def take_back_try(user: User) -> None:
    """The try was right: it does not count; part of the current transaction."""
    rows(_TAKE_BACK, user=id_of(user))
    db.session.expire(user, ["wrong_passwords"])


_USERS = cast("Table", User.__table__).c
_COUNT = (
    update(User.__table__)  # type: ignore[arg-type]
    .where(
        _USERS.id == bindparam("user"),
        _USERS.password_disabled_at.is_(None),
        _USERS.wrong_passwords < bindparam("most"),
    )
    .values(wrong_passwords=_USERS.wrong_passwords + 1)
)
_TAKE_BACK = (
    update(User.__table__)  # type: ignore[arg-type]
    .where(_USERS.id == bindparam("user"), _USERS.wrong_passwords > 0)
    .values(wrong_passwords=_USERS.wrong_passwords - 1)
)


def disable_if_guessed_at(user_id: int) -> None:
    """After the last try that is allowed, disable the password."""
    user = get_user(user_id)
    if (
        user is not None
        and user.password_disabled_at is None
        and user.wrong_passwords >= brakes.WRONG_PASSWORDS
    ):
        disable_password(System("too many wrong passwords"), user)


@operation(AccountPermission.WARN_OWNER)
def disable_password(_actor: System, user: User) -> None:
    """Accept the password from known devices only, until it is replaced, and tell the owner."""
    if user.password_disabled_at is not None:
        return
    user.password_disabled_at = clock.now()
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.user_id == user.id))
    has_strong_step = count_strong_steps(user.id) > 0
    emails.tell(user, emails.password_disabled(has_strong_step, not_me_url(user)))


def accept_again(user: User) -> None:
    """A new password was set: wrong guesses at the old one are over; part of the transaction."""
    user.password_disabled_at = None
    user.wrong_passwords = 0
