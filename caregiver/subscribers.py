"""What becoming a member brings about for the professional face."""

from __future__ import annotations

from bubbles.events import CaregiverJoined
from caregiver.operations import welcome_caregiver


def on_caregiver_joined(event: CaregiverJoined) -> None:
    welcome_caregiver(event.user_id)
