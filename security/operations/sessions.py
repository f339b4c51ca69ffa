"""Opening and ending sessions: one row for each signed-in device."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, extract, or_, select

from core import accounts, clock, drafts, tokens
from core.authorization import System, operation
from core.database import db
from core.events import publish
from core.page_slots import filled
from core.transaction import transaction
from security.events import SessionEnded
from security.models import Session, User
from security.operations import journal
from security.operations.strong_steps import lacks_required_step
from security.policy import AccountPermission
from security.vocabulary import SecondStep, SecurityEventKind

PATIENT_LIMITS = (timedelta(minutes=60), timedelta(hours=24))
"""Idle and absolute; packages above fill the slot ``session_limits`` with what roles shorten."""
PROOF_LIFE = timedelta(minutes=10)
"""How long a proof of who is there serves for what touches the account's safety."""


def limits_for(user: User) -> tuple[timedelta, timedelta]:
    """Return how long a session of theirs may rest, and last: the shortest that any role allows."""
    limits = [PATIENT_LIMITS, *filled("session_limits", user)]
    return min(idle for idle, _ in limits), min(absolute for _, absolute in limits)


@operation(AccountPermission.OPEN_SESSION)
def open_session(
    _actor: System, user: User, *, second_step: SecondStep = SecondStep.EMAIL, device: str = ""
) -> str:
    """Open a session without its two proofs, for commands; return the token for the cookie."""
    return add_session(user, second_step, device)


def add_session(user: User, second_step: SecondStep, device: str) -> str:
    """Write a session into the current transaction, and return the token, which is not kept.

    The caller has judged both proofs.
    """
    now = clock.now()
    settled = now - drafts.life()
    for old in db.session.scalars(select(Session).where(Session.user_id == user.id)):
        if old.is_over(settled):
            forget_session(old)  # sooner, and nobody would know whose words a late form brings
    journal.note_sign_in(user.id, second_step, device)
    idle, absolute = limits_for(user)
    token = tokens.new_token()
    db.session.add(
        Session(
            token_hash=tokens.hash_token(token),
            user_id=user.id,
            second_step=second_step,
            # There from the start: two first pages loading at once must not make two of them.
            data={accounts.NAME: accounts.new_secret(user.id)},
            device=device[:120],
            created_at=now,
            last_seen_at=now,
            expires_at=now + absolute,
            idle_seconds=int(idle.total_seconds()),
            proved_at=now,
            lacks_strong_step=lacks_required_step(user),
        )
    )
    return token


def is_proof_fresh(proved_at: datetime | None) -> bool:
    """Say whether a proof given then still serves now."""
    return proved_at is not None and clock.now() < proved_at + PROOF_LIFE


def note_seen(session_id: int) -> datetime | None:
    """Write that the person is there, in the current transaction; return when it now ends."""
    row = db.session.get(Session, session_id)
    if row is None:
        return None
    idle, absolute = limits_for(row.user)
    row.last_seen_at = clock.now()
    row.idle_seconds = int(idle.total_seconds())
    row.expires_at = min(row.expires_at, row.created_at + absolute)
    return row.ends_at


def keep_data(session_id: int, changes: dict[str, object], removed: set[str]) -> None:
    """Change only what this request changed: another request may have changed the rest."""
    row = db.session.get(Session, session_id, with_for_update=True)
    if row is not None:
        kept = {key: value for key, value in row.data.items() if key not in removed}
        row.data = kept | changes


@operation(AccountPermission.PROVE_AGAIN)
def renew_session(_actor: User, session: Session) -> str:
    """Remember that the person has just proved again who they are; return the new token.

    The caller has judged the proof. The old token opens nothing any more.
    """
    token = tokens.new_token()
    session.token_hash = tokens.hash_token(token)
    session.proved_at = clock.now()
    return token


@operation(AccountPermission.END_SESSION)
def end_session(_actor: User | System, session: Session) -> None:
    """Sign one device out: its next request and its open sockets learn of it at once."""
    journal.note(session.user_id, SecurityEventKind.SIGNED_OUT, device=session.device)
    forget_session(session)


@operation(AccountPermission.CHANGE_PASSWORD)
def end_other_sessions(_actor: User, user: User, *, keep: int | None) -> int:
    """Sign out every device of this account but one, and say how many."""
    return remove_sessions(user.id, keep=keep)


def remove_sessions(user_id: int, *, keep: int | None) -> int:
    """End an account's sessions within the current transaction."""
    others = db.session.scalars(
        select(Session).where(Session.user_id == user_id, Session.id != (keep or 0))
    ).all()
    for session in others:
        forget_session(session)
    return len(others)


def forget_session(session: Session) -> None:
    """Delete the row within the current transaction, and let it be known."""
    gone = db.session.execute(
        delete(Session).where(Session.id == session.id).execution_options(synchronize_session=False)
    )
    if gone.rowcount:  # type: ignore[attr-defined]
        publish(SessionEnded(secret=session.secret, user_id=session.user_id))


def erase_ended_sessions(before: datetime, most: int) -> int:
    """Delete sessions that ended before an instant, and let it be known; say how many."""
    rested_until = extract("epoch", Session.last_seen_at) + Session.idle_seconds
    ended = or_(Session.expires_at < before, rested_until < before.timestamp())
    due = select(Session.id).where(ended).order_by(Session.id).limit(most)
    ids = list(db.session.scalars(due))
    db.session.rollback()
    if ids:
        with transaction():
            for session in db.session.scalars(select(Session).where(Session.id.in_(ids), ended)):
                forget_session(session)
    return len(ids)
