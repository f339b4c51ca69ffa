"""What becoming a member, and leaving, bring about; and what each day does."""

from __future__ import annotations

from typing import Any

from bubbles.events import CaregiverJoined, CaregiverLeft, MemberRemoved
from caregiver.operations.documents import end_shares
from caregiver.operations.profile import welcome_caregiver
from caregiver.operations.reminders import remind_everybody
from core.authorization import System

EXPIRIES = "document_expiries"


def on_caregiver_joined(event: CaregiverJoined) -> None:
    welcome_caregiver(event.user_id)


def on_membership_ended(event: MemberRemoved | CaregiverLeft) -> None:
    end_shares(event.bubble_id, event.user_id)


def look_at_expiries(_message_id: int, _payload: dict[str, Any]) -> None:
    """Answer the outbox, once a day: what is due is decided now."""
    remind_everybody(System("documents"))
