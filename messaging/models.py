"""Conversations, messages, read marks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import EncryptedText, Identified, Model
from core.personal_data import AfterAccount, Fate, Until, declare
from messaging.vocabulary import ConversationKind

if TYPE_CHECKING:
    from patient.models import Enrolment
    from security.models import User


class Conversation(Identified, Model):
    """Messages around one enrolment. Who takes part is computed, never stored."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "caregiver_id"),
        Index(
            "uq_conversations_one_around",
            "enrolment_id",
            unique=True,
            sqlite_where=text("caregiver_id IS NULL"),
            postgresql_where=text("caregiver_id IS NULL"),
        ),
    )

    kind: Mapped[ConversationKind]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    caregiver_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    """The one caregiver of a direct conversation; none when it is around the patient."""
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    last_message_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    enrolment: Mapped[Enrolment] = relationship()
    caregiver: Mapped[User | None] = relationship()

    def audit_about(self) -> tuple[str, int]:
        """A conversation is about its patient."""
        return ("patient", self.enrolment.patient_id)


class Message(Identified, Model):
    """What one person wrote. ``seq`` is contiguous in its conversation."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "sender_id", "client_id"),
        Index("ix_messages_sender_id_sent_at", "sender_id", "sent_at"),  # the brake counts here
    )

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    sender_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(EncryptedText)
    client_id: Mapped[str] = mapped_column(String(64))
    """Made by the sender's page: the same message sent twice is stored once."""
    sent_at: Mapped[datetime]

    conversation: Mapped[Conversation] = relationship()
    sender: Mapped[User] = relationship()


class ReadMark(Identified, Model):
    """How far one person has read."""

    __tablename__ = "read_marks"
    __table_args__ = (UniqueConstraint("conversation_id", "user_id"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    seq: Mapped[int] = mapped_column(Integer, default=0)
    read_at: Mapped[datetime]


declare(
    Conversation,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    columns=("enrolment_id", "caregiver_id"),
    reason="Part of the team's record of care",
)
declare(
    Message,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    columns=("sender_id", "body"),
    reason="Part of the team's record of care",
)
declare(ReadMark, Fate.ERASE, Until.ACCOUNT)
