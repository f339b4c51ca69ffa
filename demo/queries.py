"""Reading the mailbox that stands in for e-mail."""

from __future__ import annotations

from sqlalchemy import func, select

from core.database import db
from core.errors import NotFoundError
from core.mail import MailboxMessage
from security.models import User

SHOWN = 50


def list_mails(recipient: str | None = None) -> list[MailboxMessage]:
    """Return the newest mails, for one address when given."""
    query = select(MailboxMessage).order_by(MailboxMessage.id.desc()).limit(SHOWN)
    if recipient:
        query = query.where(MailboxMessage.recipient == recipient)
    return list(db.session.scalars(query))


def list_recipients() -> list[str]:
    """Return every address that was written to."""
    return list(
        db.session.scalars(select(MailboxMessage.recipient).distinct().order_by("recipient"))
    )


def get_mail(mail_id: int) -> MailboxMessage:
    """Return one mail.

    Raises:
        NotFoundError: there is none of that number.
    """
    mail = db.session.get(MailboxMessage, mail_id)
    if mail is None:
        raise NotFoundError
    return mail


def has_people() -> bool:
    """Say whether anybody has an account here."""
    return bool(db.session.scalar(select(func.count()).select_from(User)))
