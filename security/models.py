"""Accounts, their sessions and their second steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import tokens, wording
from core.database import EncryptedText, Identified, Model
from core.personal_data import After, Fate, Until, declare
from security.vocabulary import (
    Consent,
    IdentityCheck,
    LinkPurpose,
    PasskeyUse,
    SecondStep,
    SecurityEventKind,
)

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
    is_email_proved: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    """False while the host alone vouches for the address."""
    password_changed_at: Mapped[datetime]
    wrong_passwords: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """From browsers that never signed in here, since the last whole sign-in."""
    password_disabled_at: Mapped[datetime | None]
    """Too many of them: only known devices may use it, until it is replaced."""
    phone: Mapped[str | None] = mapped_column(String(16), index=True)
    """In E.164. Several accounts may share one."""
    phone_proved_at: Mapped[datetime | None]
    passkey_handle: Mapped[str | None] = mapped_column(String(100))
    """What devices with passkeys know the account by: random, and says nothing."""

    memberships: Mapped[list[Membership]] = relationship(back_populates="user")
    backup_codes: Mapped[list[BackupCode]] = relationship(
        back_populates="user", cascade="all, delete-orphan", order_by="BackupCode.number"
    )
    authenticator: Mapped[TotpAuthenticator | None] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )

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

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Answer Flask-Login: a disabled account is nobody."""
        return self.is_enabled

    def get_id(self) -> str:
        """Answer Flask-Login."""
        return str(self.id)


class Session(Identified, Model):
    """One signed-in device. The cookie holds the token, this row its hash."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    secret: Mapped[str] = mapped_column(String(43), default=tokens.new_token, unique=True)
    """Given to nobody, and the same when the token is renewed: its sockets are bound to it."""
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    second_step: Mapped[SecondStep]
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What pages keep between two requests: the anti-forgery token, messages to show once."""
    device: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    idle_seconds: Mapped[int] = mapped_column(Integer, default=3600)
    """How long it may rest after ``last_seen_at``: kept here, since roles decide and may change."""
    proved_at: Mapped[datetime | None]
    """When the person last gave their password, or as good, on this device."""
    lacks_strong_step: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """The person's role needs an app or a passkey: nothing else opens before."""

    user: Mapped[User] = relationship()

    @property
    def ends_at(self) -> datetime:
        """Return when it will have rested too long, or lasted too long."""
        return min(self.expires_at, self.last_seen_at + timedelta(seconds=self.idle_seconds))

    def is_over(self, now: datetime) -> bool:
        """Say whether it rested too long, or lasted too long."""
        return now >= self.ends_at

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
    device: Mapped[str] = mapped_column(String(120), default="", server_default="")
    alert_key: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """Of the waiting mail « somebody has your password », shared by one browser's attempts."""
    alert_at: Mapped[datetime | None]
    strong_only: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """The password is disabled, or the role asks for more: no code by mail or telephone."""

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
    terms_version: Mapped[str | None] = mapped_column(String(40))
    terms_digest: Mapped[str | None] = mapped_column(String(64))
    terms_accepted_at: Mapped[datetime | None]
    """Nothing is mailed before, but for whom an invitation says which address to prove first."""
    proved_at: Mapped[datetime | None]
    """When that address was proved, for who proves it before saying anything else."""

    @property
    def is_address_first(self) -> bool:
        """Say whether an invitation gave the address, which is proved before the rest is asked."""
        return self.proved_at is not None or not self.password_hash


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


class ConsentRecord(Identified, Model):
    """What a person agreed to or acknowledged, in which words, and when. Only added to."""

    __tablename__ = "consent_records"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[Consent]
    version: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the text that was shown: a host may forget to change its version."""
    recorded_at: Mapped[datetime]

    def audit_about(self) -> tuple[str, int]:
        """A consent is about its person."""
        return ("user", self.user_id)


class SecurityEvent(Identified, Model):
    """One line of a person's own journal: who signed in, what was refused, what changed."""

    __tablename__ = "security_events"
    __table_args__ = (Index("ix_security_events_user_id_at", "user_id", "at"),)

    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """Nobody's when the address has no account: a refusal costs the same time either way."""
    kind: Mapped[SecurityEventKind]
    detail: Mapped[str] = mapped_column(String(40), default="")
    """The second step used, or the ``AccountChange``."""
    device: Mapped[str] = mapped_column(String(120), default="")
    count: Mapped[int] = mapped_column(Integer, default=1)
    """Refusals close together are one line."""
    at: Mapped[datetime] = mapped_column(index=True)


class Passkey(Identified, Model):
    """A key pair kept by somebody's phone, computer or security key (WebAuthn)."""

    __tablename__ = "passkeys"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    """As last told by the device: it never goes back, unless there are two of them."""
    transports: Mapped[list[str]] = mapped_column(JSON, default=list)
    name: Mapped[str] = mapped_column(String(60))
    is_backed_up: Mapped[bool] = mapped_column(default=False)
    """Its maker keeps a copy, which the person's other devices share."""
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class PasskeyChallenge(Identified, Model):
    """What a passkey is asked to sign: once, within minutes, for one use by one browser."""

    __tablename__ = "passkey_challenges"

    challenge: Mapped[str] = mapped_column(String(100), unique=True)
    use: Mapped[PasskeyUse]
    bound_to: Mapped[str] = mapped_column(String(64))
    """Hash of the session, the attempt or the visitor that asked."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class KnownDevice(Identified, Model):
    """A browser that finished a sign-in once: strangers' wrong passwords do not slow it down."""

    __tablename__ = "known_devices"
    __table_args__ = (UniqueConstraint("token_hash", "user_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    """Of its cookie, one for all the accounts of a shared computer."""
    device: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]


class MailedLink(Identified, Model):
    """A link that acts once and for one thing. Its token is kept nowhere but in the mail."""

    __tablename__ = "mailed_links"

    purpose: Mapped[LinkPurpose]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    """Where it was sent: « ce n'est pas moi » brings this address back."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """Before this it only waits: nothing but the mailbox stands for the person."""
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    proof_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the browser that gave the second proof: the link alone then does nothing elsewhere."""
    finished_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """A link is about whose account it touches."""
        return ("user", self.user_id)


class VouchedCode(Identified, Model):
    """A code that an administrator made for somebody whose identity they checked."""

    __tablename__ = "vouched_codes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    how: Mapped[IdentityCheck]
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """Set when the person first writes it beside their password: it opens the account then."""
    expires_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    def audit_about(self) -> tuple[str, int]:
        """A code is about whose account it helps into."""
        return ("user", self.user_id)


class EmailChange(Identified, Model):
    """A new address that waits until both mailboxes are proved."""

    __tablename__ = "email_changes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    secret: Mapped[str] = mapped_column(String(43), default=tokens.new_token)
    """Given to nobody: its codes are bound to it."""
    new_email: Mapped[str] = mapped_column(String(254))
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    finished_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """A change is about whose address it is."""
        return ("user", self.user_id)


for model in (User, BackupCode, TotpAuthenticator, Passkey, ConsentRecord):
    declare(model, Fate.ERASE, Until.ACCOUNT)
declare(Session, Fate.ERASE, After(Session.last_seen_at, "retention.ended_days"))
declare(SignInAttempt, Fate.ERASE, After(SignInAttempt.expires_at, "retention.ended_days"))
declare(SignUp, Fate.ERASE, After(SignUp.expires_at, "retention.ended_days"))
declare(PasskeyChallenge, Fate.ERASE, After(PasskeyChallenge.expires_at, "retention.ended_days"))
declare(MailedLink, Fate.ERASE, After(MailedLink.expires_at, "retention.ended_days"))
declare(VouchedCode, Fate.ERASE, After(VouchedCode.expires_at, "retention.ended_days"))
declare(EmailChange, Fate.ERASE, After(EmailChange.expires_at, "retention.ended_days"))
declare(
    FirstAccountLink,
    Fate.NOBODY,
    After(FirstAccountLink.expires_at, "retention.ended_days"),
    reason="Made before anybody has an account; it names nobody",
)
declare(SecurityEvent, Fate.ERASE, After(SecurityEvent.at, "retention.journal_months"))
declare(KnownDevice, Fate.ERASE, After(KnownDevice.last_used_at, "retention.device_months"))
