"""Reading the mailbox that stands in for e-mail, and what the demonstration has made so far."""

from __future__ import annotations

from sqlalchemy import func, select, union_all

from bubbles.models import Bubble
from caregiver.models import Caregiver
from core.database import db
from core.errors import NotFoundError
from core.mail import MailboxMessage
from security.models import User
from uploads.models import ResumableUpload, StoredFile, UploadPart

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


def find_scene(caregiver_email: str, admin_email: str) -> tuple[Caregiver, Bubble, User]:
    """Return a caregiver, the bubble that somebody founded, and who founded it."""
    caregiver = select(Caregiver).join(Caregiver.user).where(User.email == caregiver_email)
    bubble = select(Bubble).join(Bubble.created_by).where(User.email == admin_email)
    admin = select(User).where(User.email == admin_email)
    return (
        db.session.scalars(caregiver).one(),
        db.session.scalars(bubble).one(),
        db.session.scalars(admin).one(),
    )


def list_stored_keys() -> list[str]:
    """Return the key of everything that the storage keeps for a row."""
    keys = (select(model.key) for model in (StoredFile, ResumableUpload, UploadPart))
    return list(db.session.scalars(union_all(*keys)))
