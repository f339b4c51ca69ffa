"""Messages that were written before the visitor came."""

from __future__ import annotations

from datetime import timedelta

from core import clock
from demo.operations.patients import Circle
from demo.operations.rows import add
from messaging.models import Conversation, Message, ReadMark
from messaging.vocabulary import ConversationKind
from security.models import User

Lines = list[tuple[User, str]]


def talk(circle: Circle, *, nadege: User, ines: User, lucie: User, madeleine: User) -> None:
    """Write one conversation around a patient, and two between two people."""
    _converse(
        Conversation(kind=ConversationKind.AROUND, enrolment_id=circle.madeleine.id),
        [
            (nadege, "Bonjour à tous. Je passe demain vers 10 h 30."),
            (ines, "Merci Nadège. Je vois Madeleine dans la semaine, je lui en parle."),
            (nadege, "Pansement refait ce matin, tout va bien."),
        ],
    )
    _converse(_between(circle.lucie.id, ines), [(lucie, "Merci pour hier, j’ai mieux dormi.")])
    _converse(
        _between(circle.madeleine.id, nadege),
        [
            (madeleine, "Bonjour Nadège, Jean voudrait vous poser une question jeudi."),
            (nadege, "Avec plaisir. Je prévois dix minutes de plus."),
        ],
    )


def _between(enrolment_id: int, caregiver: User) -> Conversation:
    return Conversation(
        kind=ConversationKind.DIRECT, enrolment_id=enrolment_id, caregiver_id=caregiver.id
    )


def _converse(conversation: Conversation, lines: Lines) -> None:
    now = clock.now()
    conversation.created_at = now
    conversation.last_seq = len(lines)
    conversation.last_message_at = now
    add(conversation)
    for seq, (sender, body) in enumerate(lines, 1):
        add(
            Message(
                conversation_id=conversation.id,
                seq=seq,
                sender_id=sender.id,
                body=body,
                client_id=f"demo-{seq}",
                sent_at=now - timedelta(minutes=20 * (len(lines) - seq)),
            )
        )
    last_written = {sender.id: seq for seq, (sender, _body) in enumerate(lines, 1)}
    for user_id, seq in last_written.items():
        add(ReadMark(conversation_id=conversation.id, user_id=user_id, seq=seq, read_at=now))
