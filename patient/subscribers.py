"""What a bubble's news brings about for the people cared for in it."""

from __future__ import annotations

from bubbles.errors import AlreadyMemberError
from bubbles.events import InvitationAccepted, InvitationWanted, MemberRemoved
from bubbles.vocabulary import InvitedAs
from patient import operations, queries
from security.queries import find_user_by_email


def refuse_known_patient(event: InvitationWanted) -> None:
    """Who is cared for in the bubble already is not invited to it again."""
    if event.invited_as is not InvitedAs.PATIENT:
        return
    user = find_user_by_email(event.email)
    if user is not None and queries.is_enrolled(user.id, event.bubble_id):
        raise AlreadyMemberError


def give_a_place(event: InvitationAccepted) -> None:
    """An invited patient takes their place, followed by who was named."""
    if event.invited_as is InvitedAs.PATIENT:
        operations.enrol(
            user_id=event.user_id, bubble_id=event.bubble_id, follower_ids=event.follower_ids
        )


def stop_following(event: MemberRemoved) -> None:
    """Who leaves the staff follows nobody there any more."""
    operations.end_assignments(bubble_id=event.bubble_id, user_id=event.user_id)
