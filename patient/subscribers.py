"""What a bubble's news brings about for the people cared for in it."""

from __future__ import annotations

from bubbles.events import InvitationAccepted, MemberRemoved
from bubbles.vocabulary import InvitedAs
from patient import operations


def give_a_place(event: InvitationAccepted) -> None:
    """An invited patient takes their place, followed by who was named."""
    if event.invited_as is InvitedAs.PATIENT:
        operations.enrol(
            user_id=event.user_id, bubble_id=event.bubble_id, follower_ids=event.follower_ids
        )


def stop_following(event: MemberRemoved) -> None:
    """Who leaves the staff follows nobody there any more."""
    operations.end_assignments(bubble_id=event.bubble_id, user_id=event.user_id)
