"""Accounts, their sessions and their second steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import wording
from core.database import EncryptedText, Identified, Model
from security.vocabulary import CodePurpose, SecondStep

if TYPE_CHECKING:
    from bubbles.models import Membership


class User(Identified, Model):
    """A person who can sign in. Exists only once the address was proved."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Folded: the domain in IDNA and lower case, the whole in lower case."""
    password_hash: Mapped[str] = mapped_column(String(200))
    display_name: Mapped[str] = mapped_column(String(120))
    """How others see them: « Nadège Lemaître », « Dr Samuel Okafor »."""
    locale: Mapped[str] = mapped_column(String(5), default="fr")
    time_zone: Mapped[str] = mapped_column(String(40), default="Europe/Paris")
    is_enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    email_proved_at: Mapped[datetime]
    password_changed_at: Mapped[datetime]

    memberships: Mapped[list[Membership]] = relationship(back_populates="user")
    backup_codes: Mapped[list[BackupCode]] = relationship(
        back_populates="user", cascade="all, delete-orphan", order_by="BackupCode.number"
    )
    authenticator: Mapped[TotpAuthenticator | None] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Answer flask-login: a disabled account is nobody."""
        return self.is_enabled

    def get_id(self) -> str:
        """Answer flask-login."""
        return str(self.id)

    @property
    def initials(self) -> str:
        """Return two letters for the avatar."""
        return wording.initials(self.display_name)

    @property
    def hue(self) -> int:
        """Return the stable colour of this person."""
        return wording.hue(self.id)

    def audit_about(self) -> tuple[str, int]:
        """An account is about its person."""
        return ("user", self.id)


class Session(Identified, Model):
    """One signed-in device. The cookie holds the token, this row its hash."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    second_step: Mapped[SecondStep]
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What pages keep between two requests: the anti-forgery token, messages to show once."""
    device: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """The absolute end."""
    idle_seconds: Mapped[int] = mapped_column(Integer, default=3600)
    """How long it may rest after ``last_seen_at``: kept here, since roles decide and may change."""

    user: Mapped[User] = relationship()

    def is_over(self, now: datetime) -> bool:
        """Say whether it rested too long, or lasted too long."""
        rested_until = self.last_seen_at + timedelta(seconds=self.idle_seconds)
        return now >= self.expires_at or now >= rested_until

    def audit_about(self) -> tuple[str, int]:
        """A session is about its person."""
        return ("user", self.user_id)


class SignInAttempt(Identified, Model):
    """A right password waiting for its second step. The pre-session cookie holds its token."""

    __tablename__ = "sign_in_attempts"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    """Wrong codes of any kind, over the whole attempt."""
    finished_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """An attempt is about the account it aims at."""
        return ("user", self.user_id)


class SignUp(Identified, Model):
    """An account in the making: nothing is created until the address is proved."""

    __tablename__ = "sign_ups"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    password_hash: Mapped[str] = mapped_column(EncryptedText)
    display_name: Mapped[str] = mapped_column(String(120))
    locale: Mapped[str] = mapped_column(String(5))
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    finished_at: Mapped[datetime | None]
    first_account_link_id: Mapped[int | None] = mapped_column(
        ForeignKey("first_account_links.id", ondelete="SET NULL")
    )
    """The host's link that it came from: used up at the moment the account is created."""


class EmailCode(Identified, Model):
    """Six digits sent by mail, bound to the attempt that asked for them."""

    __tablename__ = "email_codes"

    purpose: Mapped[CodePurpose]
    attempt_id: Mapped[int] = mapped_column(Integer, index=True)
    """Of the ``SignInAttempt`` or the ``SignUp``, as the purpose says."""
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class BackupCode(Identified, Model):
    """One of the eight codes kept on paper."""

    __tablename__ = "backup_codes"
    __table_args__ = (UniqueConstraint("user_id", "number"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    code_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="backup_codes")


class TotpAuthenticator(Identified, Model):
    """An authenticator application (RFC 6238). Pending until its first right code."""

    __tablename__ = "totp_authenticators"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    secret: Mapped[str] = mapped_column(EncryptedText)
    """Base32, 160 bits."""
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last time step that was accepted: a code works once."""
    created_at: Mapped[datetime]
    enabled_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="authenticator")


class FirstAccountLink(Identified, Model):
    """The one-time link that a fresh installation prints for its first account."""

    __tablename__ = "first_account_links"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
