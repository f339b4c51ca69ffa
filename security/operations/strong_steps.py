"""Who should sign in with more than a mailbox, and who must.

Packages above fill the slot ``roles`` with a person's roles; the configuration says which of them
need an app or a passkey. Without it, administrators are asked and may put it off.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import update

from core.database import db
from core.page_slots import filled
from security.models import Session, User
from security.queries import count_strong_steps

ADMINISTRATOR = "administrator"
_required: frozenset[str] = frozenset()


def configure(roles: Iterable[str]) -> None:
    """Say which roles must have an app or a passkey."""
    global _required  # noqa: PLW0603  (set once, at the start)
    _required = frozenset(roles)


def roles_of(user: User) -> set[str]:
    """Return what the packages above say that this person is."""
    return {role for roles in filled("roles", user) for role in roles}


def must_be_strong(user: User) -> bool:
    """Say whether this person's role may not sign in by mail alone."""
    return bool(_required) and not _required.isdisjoint(roles_of(user))


def lacks_required_step(user: User) -> bool:
    """Say whether nothing opens for this person before they have an app or a passkey."""
    return must_be_strong(user) and not count_strong_steps(user.id)


def is_asked_for_more(user: User) -> bool:
    """Say whether to offer an app or a passkey after each sign-in, until there is one."""
    asked = _required | {ADMINISTRATOR}
    return not asked.isdisjoint(roles_of(user)) and not count_strong_steps(user.id)


def is_last_required_step(user: User) -> bool:
    """Say whether taking one strong step away would leave a role without what it needs."""
    return must_be_strong(user) and count_strong_steps(user.id) <= 1


def open_what_waited(user: User) -> None:
    """A strong step was added: this person's sessions are whole; part of the transaction."""
    db.session.execute(
        update(Session)
        .where(Session.user_id == user.id, Session.lacks_strong_step)
        .values(lacks_strong_step=False)
        .execution_options(synchronize_session=False)
    )
