"""Six digits that a mailbox or a telephone gets: their terms, their rows, and their hash.

A code is deleted with its asker by the database itself. Its hash carries the account and a secret
of the asker, so that even a row that came to stand beside another asker would open nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core import tokens
from core.database import Identified, Model
from core.personal_data import After, Fate, declare
from core.table_guards import leave_to_contract
from security.models import EmailChange, MailedLink, SignInAttempt, SignUp
from security.phone_proofs import PhoneProof
from security.vocabulary import CodeChannel, CodePurpose

LIFE = timedelta(minutes=10)
WAIT = timedelta(seconds=60)
"""Between two codes of one way: the first may only be late."""
LENGTH = 6
MAX_TRIES = 5
"""Wrong codes of any kind, over one whole attempt."""

Asker = SignInAttempt | SignUp | EmailChange | MailedLink | PhoneProof
_COLUMNS: dict[type[Asker], str] = {
    SignInAttempt: "sign_in_attempt_id",
    SignUp: "sign_up_id",
    EmailChange: "email_change_id",
    MailedLink: "mailed_link_id",
    PhoneProof: "phone_proof_id",
}
_ONE_ASKER = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in _COLUMNS.values())
_key = ""


def _of(table: str) -> Mapped[int | None]:
    return mapped_column(ForeignKey(f"{table}.id", ondelete="CASCADE"), index=True)


class OneTimeCode(Identified, Model):
    """Six digits sent by mail, or sent or spoken to a telephone."""

    __tablename__ = "one_time_codes"
    __table_args__ = (CheckConstraint(f"{_ONE_ASKER} = 1", name="one_asker"),)

    purpose: Mapped[CodePurpose]
    channel: Mapped[CodeChannel]
    sign_in_attempt_id: Mapped[int | None] = _of("sign_in_attempts")
    sign_up_id: Mapped[int | None] = _of("sign_ups")
    email_change_id: Mapped[int | None] = _of("email_changes")
    mailed_link_id: Mapped[int | None] = _of("mailed_links")
    phone_proof_id: Mapped[int | None] = _of("phone_proofs")
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    outbox_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbox_messages.id", ondelete="SET NULL"), index=True
    )
    """How far the message to a telephone got is told by its row."""


IS_MAILED = OneTimeCode.channel == CodeChannel.MAIL
"""A text message and a call are one way, the telephone; of each way the newest code counts."""


def configure(secret_key: str) -> None:
    """Set the key of the hashes: six digits alone would be found by trying them all."""
    global _key  # noqa: PLW0603  (set once, at the start)
    _key = tokens.keyed_hash(secret_key, "e-mail codes")  # the word is in every stored hash


def hash_code(purpose: str, bound_to: tuple[str, ...], code: str) -> str:
    """Return what is stored: bound to who asked by more than a number."""
    return tokens.keyed_hash(_key, purpose, *bound_to, code)


def sent_for(purpose: CodePurpose, asker: Asker) -> ColumnElement[bool]:
    """Say which codes are this asker's for this purpose, and nobody else's."""
    is_own: ColumnElement[bool] = getattr(OneTimeCode, _COLUMNS[type(asker)]) == asker.id
    return is_own & (OneTimeCode.purpose == purpose)


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


declare(OneTimeCode, Fate.ERASE, After(OneTimeCode.expires_at, "retention.ended_days"))
leave_to_contract("email_codes", "phone_codes")  # their rows go with what asked for them
