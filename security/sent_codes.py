"""Rows of codes that a mailbox or a telephone gets: each belongs to what asked for it.

A code is deleted with its asker by the database itself. Its hash carries the account and a secret
of the asker, so that even a row that came to stand beside another asker would open nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from core.database import Identified, Model
from core.personal_data import After, Fate, declare
from security.models import EmailChange, MailedLink, SignInAttempt, SignUp
from security.phone_proofs import PhoneProof
from security.vocabulary import CodePurpose, PhoneChannel

Asker = SignInAttempt | SignUp | EmailChange | MailedLink | PhoneProof
_COLUMNS: dict[type[Asker], str] = {
    SignInAttempt: "sign_in_attempt_id",
    SignUp: "sign_up_id",
    EmailChange: "email_change_id",
    MailedLink: "mailed_link_id",
    PhoneProof: "phone_proof_id",
}
_ONE_ASKER = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in _COLUMNS.values())


def _of(table: str) -> Mapped[int | None]:
    return mapped_column(ForeignKey(f"{table}.id", ondelete="CASCADE"), index=True)


class SentCode(Identified):
    """What codes have in common: one asker, a purpose of its, a short life, one use."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[CheckConstraint]:
        """Exactly one asker."""
        return (CheckConstraint(f"{_ONE_ASKER} = 1", name="one_asker"),)

    purpose: Mapped[CodePurpose]
    sign_in_attempt_id: Mapped[int | None] = _of("sign_in_attempts")
    sign_up_id: Mapped[int | None] = _of("sign_ups")
    email_change_id: Mapped[int | None] = _of("email_changes")
    mailed_link_id: Mapped[int | None] = _of("mailed_links")
    phone_proof_id: Mapped[int | None] = _of("phone_proofs")
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class EmailCode(SentCode, Model):
    """Six digits sent by mail."""

    __tablename__ = "email_codes"


class PhoneCode(SentCode, Model):
    """Six digits sent or spoken to a telephone."""

    __tablename__ = "phone_codes"

    channel: Mapped[PhoneChannel]
    outbox_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbox_messages.id", ondelete="SET NULL"), index=True
    )
    """How far the message got is told by its row."""


def asked_by(model: type[SentCode], asker: Asker) -> ColumnElement[bool]:
    """Say which codes are this asker's, and nobody else's."""
    condition: ColumnElement[bool] = getattr(model, _COLUMNS[type(asker)]) == asker.id
    return condition


def owner_of(asker: Asker) -> dict[str, int]:
    """Return the column that makes a new code this asker's."""
    return {_COLUMNS[type(asker)]: asker.id}


def binding_of(asker: Asker) -> tuple[str, ...]:
    """Return what the hash of its codes carries: account, destination, and a secret."""
    if isinstance(asker, SignUp):
        return ("sign-up", asker.email, asker.token_hash)
    if isinstance(asker, SignInAttempt):
        return ("sign-in", str(asker.user_id), asker.token_hash)
    if isinstance(asker, MailedLink):
        return ("link", str(asker.user_id), asker.user.phone or "", asker.token_hash)
    if isinstance(asker, EmailChange):
        return ("address", str(asker.user_id), asker.new_email, asker.secret)
    return ("phone", str(asker.user_id), asker.number, asker.secret)


declare(EmailCode, Fate.ERASE, After(EmailCode.expires_at, "retention.ended_days"))
declare(PhoneCode, Fate.ERASE, After(PhoneCode.expires_at, "retention.ended_days"))
