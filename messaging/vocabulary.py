"""The words of conversations, and what is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from messaging.models import Conversation, Message
    from patient.models import Enrolment
    from patient.vocabulary import GuardianKind
    from security.models import User


class ConversationKind(StrEnum):
    """Who reads."""

    DIRECT = "direct"
    """The patient (and who acts for them) and one caregiver."""
    AROUND = "around"
    """« Autour de … »: the patient and every caregiver who follows them."""


@dataclass(frozen=True)
class Participants:
    """Who reads a conversation at this very moment."""

    guardian_ids: frozenset[int]
    caregiver_ids: frozenset[int]
    is_around: bool

    @property
    def ids(self) -> frozenset[int]:
        """Return everybody."""
        return self.guardian_ids | self.caregiver_ids

    @property
    def is_open(self) -> bool:
        """Say whether somebody is there to read what one of them would write."""
        return bool(self.caregiver_ids) and (self.is_around or bool(self.guardian_ids))


@dataclass(frozen=True)
class Posted:
    """A message that is stored."""

    id: int
    conversation_id: int
    seq: int


@dataclass(frozen=True)
class Reader:
    """One person who reads a conversation, and as what."""

    user: User
    guardian_kind: GuardianKind | None = None
    """None for a caregiver."""


@dataclass(frozen=True)
class ConversationSummary:
    """One line of somebody's list."""

    conversation: Conversation
    last: Message | None
    unread: int


@dataclass(frozen=True)
class Correspondents:
    """Whom somebody may write to about one patient, one to one; and all of them at once."""

    enrolment: Enrolment
    caregivers: tuple[User, ...]
    """Oneself among them: the patient is written to alone."""
    followers: int


@dataclass(frozen=True)
class Progress:
    """How far one person has read, and how much others wrote since."""

    read_seq: int = 0
    unread: int = 0


@dataclass(frozen=True)
class Thread:
    """What a page of one conversation shows."""

    messages: list[Message]
    previous: Message | None = None
    """The message just before the first, if it was read: it says whether a day begins."""
    has_older: bool = False
    progress: Progress = Progress()

    @property
    def last_seq(self) -> int:
        """Return how far this page goes."""
        return self.messages[-1].seq if self.messages else 0
