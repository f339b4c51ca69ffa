"""Finding the sessions that live now: at each request, each socket event, and for their owner."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager

from core import clock, tokens
from core.database import db
from core.statements import ME, NOW, rows
from security.models import Session, User


def find_live_session(token: str) -> Session | None:
    """Return the session that this cookie opens, with its person, unless either has ended."""
    return _live(Session.token_hash, tokens.hash_token(token))


def get_live_session(secret: str) -> Session | None:
    """Return the session that a socket belongs to, with its person, unless either has ended."""
    return _live(Session.secret, secret)


def list_live_secrets(user_ids: list[int]) -> set[str]:
    """Return what the sockets of these people's sessions are bound to, without the ended ones."""
    now = clock.now()
    # A connection of its own: what the caller has read stays as it was read.
    with db.engine.connect() as connection:
        sessions = connection.execute(_SECRETS, {"people": user_ids, "now": now}).all()
    return {secret for secret, seen, idle in sessions if now < seen + timedelta(seconds=idle)}


_SECRETS = (
    select(Session.secret, Session.last_seen_at, Session.idle_seconds)
    .join(User, User.id == Session.user_id)
    .where(
        Session.user_id.in_(bindparam("people", expanding=True)),
        User.is_enabled,
        Session.lacks_strong_step.is_(False),
        Session.expires_at > NOW,
    )
)


def find_session_owner(token: str) -> int | None:
    """Return whose this session is or was, as long as its row is there."""
    return db.session.scalar(
        select(Session.user_id)
        .join(Session.user)
        .where(Session.token_hash == tokens.hash_token(token), User.is_enabled)
    )


@cache  # not when the module is read: models of packages above are not known yet
def _with_person(key: InstrumentedAttribute[str]) -> Select[Session]:
    person = contains_eager(Session.user)
    return select(Session).join(Session.user).options(person).where(key == bindparam("key"))


def _live(column: InstrumentedAttribute[str], key: str) -> Session | None:
    session: Session | None = db.session.scalar(_with_person(column), {"key": key})
    if session is None or not session.user.is_enabled or session.is_over(clock.now()):
        return None
    return session


def list_sessions_of(actor: User) -> list[Session]:
    """Return the devices that are signed in now, the last seen first."""
    sessions = db.session.scalars(
        select(Session).where(Session.user_id == actor.id).order_by(Session.last_seen_at.desc())
    )
    now = clock.now()
    return [session for session in sessions if not session.is_over(now)]


_SESSIONS = select(Session.expires_at, Session.last_seen_at, Session.idle_seconds).where(
    Session.user_id == ME, Session.expires_at > NOW
)


def count_sessions_of(actor: User) -> int:
    """Return how many devices are signed in now."""
    now = clock.now()
    sessions = rows(_SESSIONS, me=actor.id, now=now)
    return sum(now < row.last_seen_at + timedelta(seconds=row.idle_seconds) for row in sessions)


def get_session_for(actor: User, session_id: int) -> Session | None:
    """Return one of the actor's own devices."""
    row = db.session.get(Session, session_id)
    return row if row is not None and row.user_id == actor.id else None
