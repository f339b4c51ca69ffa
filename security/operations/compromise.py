"""« Ce n'est pas moi »: whoever holds the link of a warning signs everybody out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from core import clock, native_pool
from core.authorization import Actor, operation
from core.database import db
from security import emails, passwords
from security.models import (
    BackupCode,
    KnownDevice,
    MailedLink,
    Passkey,
    TotpAuthenticator,
    User,
)
from security.operations import journal
from security.operations.mailed_links import drop_what_waits, take_link
from security.operations.sessions import remove_sessions
from security.policy import AccountPermission
from security.queries import find_user_by_email
from security.vocabulary import AccountChange, LinkPurpose, SecurityEventKind


def report_compromise(actor: Actor, link: MailedLink) -> bool:
    """Secure the account that a warning was about; false when the link had served already."""
    return secure_account(actor, link, unusable=native_pool.run(passwords.decoy_hash))


@operation(AccountPermission.REPORT_COMPROMISE)
def secure_account(_actor: Actor, link: MailedLink, *, unusable: str) -> bool:
    """End all sessions, kill the password and what waits, undo what came since the warning.

    ``unusable`` is the hash of a password that nobody has.
    """
    if not take_link(link):
        return False
    user = link.user
    user.password_hash = unusable
    user.password_changed_at = clock.now()
    _restore_address(user, link)
    _drop_what_came_since(user, link.created_at)
    drop_what_waits(user.id)
    # A later warning may have gone to whoever had taken the account over.
    db.session.execute(
        delete(MailedLink)
        .where(
            MailedLink.user_id == user.id,
            MailedLink.purpose == LinkPurpose.NOT_ME,
            MailedLink.id > link.id,
        )
        .execution_options(synchronize_session="fetch")
    )
    remove_sessions(user.id, keep=None)
    journal.note(user.id, SecurityEventKind.CHANGED, detail=AccountChange.SECURED.value)
    emails.tell(user, emails.account_secured())
    return True


def _restore_address(user: User, link: MailedLink) -> None:
    """Bring back the address that the warning was sent to: its mailbox has just been proved."""
    if link.email != user.email and find_user_by_email(link.email) is None:
        emails.tell(user, emails.address_restored())
        user.email = link.email
        user.email_proved_at = clock.now()
        user.is_email_proved = True


def _drop_what_came_since(user: User, since: datetime) -> None:
    user_id = user.id
    if user.phone_proved_at is not None and user.phone_proved_at >= since:
        user.phone = user.phone_proved_at = None
    for factor in (TotpAuthenticator, BackupCode, Passkey):
        db.session.execute(
            delete(factor)
            .where(factor.user_id == user_id, factor.created_at >= since)
            .execution_options(synchronize_session="fetch")
        )
    db.session.execute(delete(KnownDevice).where(KnownDevice.user_id == user_id))
