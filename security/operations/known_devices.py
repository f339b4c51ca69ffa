"""Browsers that finished a sign-in: they have a lane of their own, and new ones are told by mail.

The cookie is one token for a browser; a row says for which account it is known.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from core import clock, tokens
from core.database import db
from core.statements import ME
from security import emails
from security.models import KnownDevice, User
from security.operations.mailed_links import not_me_url

KNOWN_FOR = timedelta(days=365)
"""How long after its last sign-in a browser is still known."""
MOST = 20
"""Of one account; the one not used for longest is forgotten first."""


def find_known_device(user_id: int, token: str) -> KnownDevice | None:
    """Return what is known of this browser for this account."""
    values = {"me": user_id, "token": tokens.hash_token(token), "since": clock.now() - KNOWN_FOR}
    return db.session.scalar(_KNOWN, values)


_KNOWN = select(KnownDevice).where(
    KnownDevice.token_hash == bindparam("token"),
    KnownDevice.user_id == ME,
    KnownDevice.last_used_at > bindparam("since"),
)


def welcome(user: User, *, browser: str, device: str, told: bool = True) -> None:
    """Remember the browser of a whole sign-in; tell the owner if it is a new one.

    Part of the transaction that opens the session. ``told`` is false for the very first one.
    """
    user.wrong_passwords = 0
    now = clock.now()
    known = find_known_device(user.id, browser)
    if known is not None:
        known.last_used_at = now
        known.device = device[:120]
        return
    if browser:
        _add(user, browser, device)
    if told:
        emails.tell(user, emails.new_device(device, now, not_me_url(user)))


def _add(user: User, browser: str, device: str) -> None:
    now = clock.now()
    hashed = tokens.hash_token(browser)
    stale = select(KnownDevice.id).where(KnownDevice.user_id == user.id)
    kept = list(db.session.scalars(stale.order_by(KnownDevice.last_used_at.desc()).limit(MOST - 1)))
    db.session.execute(
        delete(KnownDevice)
        .where(
            KnownDevice.user_id == user.id,
            KnownDevice.id.not_in(kept) | (KnownDevice.token_hash == hashed),
        )
        .execution_options(synchronize_session=False)
    )
    row = KnownDevice(
        user_id=user.id,
        token_hash=hashed,
        device=device[:120],
        created_at=now,
        last_used_at=now,
    )
    try:
        with db.session.begin_nested():  # two tabs may finish at once: one row is enough
            db.session.add(row)
    except IntegrityError:
        return


def forget_known_devices(user_id: int, *, keep: str = "") -> None:
    """Know no browser of this account any more, but the one at hand; part of the transaction."""
    db.session.execute(
        delete(KnownDevice)
        .where(
            KnownDevice.user_id == user_id,
            KnownDevice.token_hash != tokens.hash_token(keep),
        )
        .execution_options(synchronize_session=False)
    )


def second_step_lane(user_id: int, browser: str) -> str:
    """Name whose tries are counted together: a known device's are its own."""
    known = find_known_device(user_id, browser)
    return f"{user_id}" if known is None else f"{user_id} {known.token_hash}"
