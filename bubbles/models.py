"""Care teams, their members and the invitations into them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from bubbles.vocabulary import Delivery, InvitationState, InvitedAs, address_line
from core import wording
from core.database import Base, EncryptedText, Identified, Model
from core.personal_data import After, Fate, Until, declare
from security.models import User

if TYPE_CHECKING:
    from core.outbox import OutboxMessage
    from uploads.models import StoredFile

MAIL_IS_LATE = timedelta(minutes=5)


class Bubble(Identified, Model):
    """A care team round its patients, and the place where it works."""

    __tablename__ = "bubbles"

    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text, default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(30), default="")
    """E.164 where it could be read so, else as typed."""
    place_name: Mapped[str] = mapped_column(String(120), default="")
    street: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str] = mapped_column(String(12), default="")
    town: Mapped[str] = mapped_column(String(80), default="")
    time_zone: Mapped[str] = mapped_column(String(40))
    """IANA name: hours of the agenda are wall-clock there, and on-site times are shown there."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    team_sentence: Mapped[str] = mapped_column(String(160), default="", server_default="")
    """« Our team in one sentence »: what an invited person reads first."""
    is_named_in_mails: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether mails may carry the name, which can say an illness: the team's own choice."""
    version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Counts the corrections: who corrects an older one is told."""
    closed_at: Mapped[datetime | None]
    """A closed bubble has no staff left: nobody reaches it any more, and its row stays."""

    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])
    logo: Mapped[BubbleLogo | None] = relationship(cascade="all, delete-orphan")
    memberships: Mapped[list[Membership]] = relationship(
        back_populates="bubble", cascade="all, delete-orphan"
    )
    invitations: Mapped[list[Invitation]] = relationship(
        back_populates="bubble", cascade="all, delete-orphan"
    )

    @property
    def hue(self) -> int:
        """Return the stable colour of this bubble."""
        return wording.hue(self.id)

    def membership_of(self, user_id: int) -> Membership | None:
        """Return one person's membership, out of the memberships that are loaded."""
        return next(
            (membership for membership in self.memberships if membership.user_id == user_id), None
        )

    @property
    def address(self) -> str:
        """Return the place on one line, as far as it is known."""
        return address_line(self.place_name, self.street, self.postcode, self.town)


class Membership(Identified, Model):
    """That one person is of the staff of one bubble."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("bubble_id", "user_id"),
        CheckConstraint("is_admin OR is_caregiver", name="has_a_role"),
    )

    bubble_id: Mapped[int] = mapped_column(ForeignKey("bubbles.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_caregiver: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]

    bubble: Mapped[Bubble] = relationship(back_populates="memberships")
    user: Mapped[User] = relationship(back_populates="memberships")

    def audit_about(self) -> tuple[str, int]:
        """A membership is about its member."""
        return ("user", self.user_id)


class BubbleLogo(Identified, Model):
    """The picture by which people recognise the team."""

    __tablename__ = "bubble_logos"

    bubble_id: Mapped[int] = mapped_column(
        ForeignKey("bubbles.id", ondelete="CASCADE"), unique=True
    )
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id", ondelete="CASCADE"))
    changed_at: Mapped[datetime]

    file: Mapped[StoredFile] = relationship()


class FormerMembership(Identified, Model):
    """A membership that has ended: who could see what, and until when."""

    __tablename__ = "former_memberships"

    bubble_id: Mapped[int] = mapped_column(ForeignKey("bubbles.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    was_admin: Mapped[bool]
    was_caregiver: Mapped[bool]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime]

    def audit_about(self) -> tuple[str, int]:
        """It is about who left."""
        return ("user", self.user_id)


invitation_followers = Table(
    "invitation_followers",
    Base.metadata,
    Column("invitation_id", ForeignKey("invitations.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
)
"""The caregivers that a patient's invitation names."""


class Invitation(Identified, Model):
    """A personal link into one bubble, for one address and one role."""

    __tablename__ = "invitations"

    bubble_id: Mapped[int] = mapped_column(ForeignKey("bubbles.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    """Folded as ``User.email`` is; empty for an invitation on paper."""
    invited_as: Mapped[InvitedAs]
    word: Mapped[str] = mapped_column(Text, default="")
    """A few lines from who invites; they travel by mail, so they name no patient."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the newest link: sending again makes a new one, and the old one is dead."""
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    outbox_message_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbox_messages.id", ondelete="SET NULL")
    )

    given_name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    family_name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    birth_date: Mapped[date | None] = mapped_column(Date)
    """Who is meant, as far as the inviter said; never in a mail."""
    delivery: Mapped[Delivery] = mapped_column(default=Delivery.MAIL, server_default="mail")
    """How the present link travels."""
    declined_at: Mapped[datetime | None]
    wanted_again_at: Mapped[datetime | None]
    """When its addressee asked for another, since the last link."""
    unbacked_at: Mapped[datetime | None] = mapped_column()
    """When its sender stopped administering the bubble: having it back later changes nothing."""
    is_backed: Mapped[bool] = column_property(
        and_(
            unbacked_at.is_(None),
            select(Membership.id)
            .join(User, User.id == Membership.user_id)
            .where(
                Membership.bubble_id == bubble_id,
                Membership.user_id == invited_by_id,
                Membership.is_admin,
                User.is_enabled,
            )
            .correlate_except(Membership, User)
            .exists(),
        )
    )
    """Whether who sent it may invite, now; judged in each statement that needs it."""

    code: Mapped[InvitationCode | None] = relationship(cascade="all, delete-orphan")
    bubble: Mapped[Bubble] = relationship(back_populates="invitations")
    invited_by: Mapped[User | None] = relationship(foreign_keys=[invited_by_id])
    accepted_by: Mapped[User | None] = relationship(foreign_keys=[accepted_by_id])
    followers: Mapped[list[User]] = relationship(secondary=invitation_followers)
    outbox_message: Mapped[OutboxMessage | None] = relationship()

    @property
    def is_for_patient(self) -> bool:
        """Say whether a patient is invited, rather than somebody of the staff."""
        return self.invited_as is InvitedAs.PATIENT

    @property
    def is_on_paper(self) -> bool:
        """Say whether it is bound to a code on a sheet, rather than to an address."""
        return self.delivery is Delivery.SHEET

    @property
    def person(self) -> str:
        """Return who is meant, by name or else by address."""
        return f"{self.given_name} {self.family_name}".strip() or self.email

    def state(self, now: datetime) -> InvitationState:
        """Say where the invitation stands; it dies at the instant it expires, not after.

        ``bubbles.queries`` says the same in SQL, for filters.
        """
        for at, ended in (
            (self.accepted_at, InvitationState.ACCEPTED),
            (self.declined_at, InvitationState.DECLINED),
            (self.revoked_at, InvitationState.REVOKED),
        ):
            if at:
                return ended
        if now >= self.expires_at:
            return InvitationState.EXPIRED
        if not self.is_backed:
            return InvitationState.TO_CONFIRM
        if self.opened_at:
            return InvitationState.OPENED
        return self._delivery_state()

    def _delivery_state(self) -> InvitationState:
        mail = self.outbox_message.state if self.outbox_message else None
        if mail == "dead":
            return InvitationState.NOT_DELIVERED
        return InvitationState.WAITING if mail == "queued" else InvitationState.SENT

    def is_mail_late(self, now: datetime) -> bool:
        """Say whether the mail is late: it was refused once, or nobody came to fetch it."""
        mail = self.outbox_message
        if mail is None or mail.state != "queued":
            return False
        return mail.last_error is not None or now - self.sent_at >= MAIL_IS_LATE

    def days_left(self, now: datetime) -> int:
        """Return the days before the link dies, the one under way included."""
        return max(1, -(-(self.expires_at - now) // timedelta(days=1)))

    @property
    def is_answered(self) -> bool:
        """Say whether it has come to an end of its own: nothing can be sent again."""
        return bool(self.accepted_at or self.declined_at or self.revoked_at)

    def is_open(self, now: datetime) -> bool:
        """Say whether it can still be accepted."""
        return not self.is_answered and now < self.expires_at and self.is_backed


class InvitationList(Identified, Model):
    """A pasted list while it is being sent: what left, what is to be corrected; for a day."""

    __tablename__ = "invitation_lists"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """Whose list it is: nobody else reads it."""
    bubble_id: Mapped[int] = mapped_column(ForeignKey("bubbles.id", ondelete="CASCADE"), index=True)
    content: Mapped[str] = mapped_column(EncryptedText)
    """JSON: the offer, and each line with its state."""
    kept_at: Mapped[datetime] = mapped_column(index=True)


class InvitationCode(Identified, Model):
    """The short code of a sheet of paper; it serves as long as its invitation is open."""

    __tablename__ = "invitation_codes"

    invitation_id: Mapped[int] = mapped_column(
        ForeignKey("invitations.id", ondelete="CASCADE"), unique=True
    )
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Keyed: forty bits alone would be found by trying them all."""
    made_at: Mapped[datetime]


declare(
    Bubble,
    Fate.ANONYMISE,
    Until.TEAM,
    columns=("created_by_id",),
    reason="The team goes on without who made it; its address and number are its own",
)
declare(Membership, Fate.ERASE, Until.ACCOUNT)
declare(BubbleLogo, Fate.NOBODY, Until.TEAM, reason="The picture of a team")
declare(FormerMembership, Fate.ERASE, Until.ACCOUNT)
declare(
    invitation_followers,
    Fate.ERASE,
    Until.PARENT,
    what="Which caregivers a patient's invitation names",
)
declare(
    Invitation,
    Fate.ERASE,
    After(Invitation.expires_at, "retention.invitation_months", words="the end of its last link"),
    columns=(
        "email",
        "given_name",
        "family_name",
        "birth_date",
        "word",
        "invited_by_id",
        "accepted_by_id",
        "revoked_by_id",
    ),
)
declare(InvitationList, Fate.ERASE, After(InvitationList.kept_at, "retention.unfinished_hours"))
declare(InvitationCode, Fate.ERASE, Until.PARENT)
