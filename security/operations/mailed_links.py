"""Links of mails that act once: « ce n'est pas moi », which every warning carries, and others."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, update

from core import clock, tokens
from core.database import db
from core.mail import absolute_url
from security.models import EmailChange, MailedLink, SignInAttempt, User, VouchedCode
from security.phone_proofs import PhoneProof
from security.vocabulary import LinkPurpose

NOT_ME_LIFE = timedelta(days=7)


def add_link(
    user: User,
    purpose: LinkPurpose,
    life: timedelta,
    *,
    email: str = "",
    due_at: datetime | None = None,
) -> str:
    """Write a link of this account into the current transaction; return its token, not kept."""
    now = clock.now()
    token = tokens.new_token()
    db.session.add(
        MailedLink(
            purpose=purpose,
            token_hash=tokens.hash_token(token),
            user_id=user.id,
            email=email or user.email,
            created_at=now,
            due_at=due_at,
            expires_at=(due_at or now) + life,
            tries=0,
            proof_hash=None,
            finished_at=None,
        )
    )
    return token


def take_link(link: MailedLink) -> bool:
    """Use a link up, in one statement: of many presses at once, one is the first."""
    now = clock.now()
    taken = db.session.execute(
        update(MailedLink)
        .where(
            MailedLink.id == link.id,
            MailedLink.finished_at.is_(None),
            MailedLink.expires_at > now,
            # What was judged beside it must still be what stands there.
            MailedLink.proof_hash.is_not_distinct_from(link.proof_hash),
            MailedLink.due_at.is_not_distinct_from(link.due_at),
        )
        .values(finished_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def not_me_url(user: User) -> str:
    """Make the address where the owner of an account says that it was not them.

    It works for seven days, once; the mail at hand goes to the present address.
    """
    token = add_link(user, LinkPurpose.NOT_ME, NOT_ME_LIFE)
    return absolute_url(f"/ce-n-est-pas-moi/{token}")


def drop_what_waits(user_id: int) -> None:
    """Forget every half-done way in or change of this account, in the current transaction."""
    for waiting in (SignInAttempt, EmailChange, VouchedCode, PhoneProof):
        db.session.execute(
            delete(waiting)
            .where(waiting.user_id == user_id)
            .execution_options(synchronize_session="fetch")
        )
    drop_resets(user_id)


def drop_resets(user_id: int) -> None:
    """Kill the links that would set a password; called whenever the password or address changes."""
    db.session.execute(
        delete(MailedLink)
        .where(
            MailedLink.user_id == user_id,
            MailedLink.purpose.in_([LinkPurpose.RESET, LinkPurpose.HOST_RESET]),
        )
        .execution_options(synchronize_session="fetch")
    )
