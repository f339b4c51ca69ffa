"""What a bubble's news brings about for the people cared for in it."""

from __future__ import annotations

from bubbles.errors import AlreadyMemberError, LooksLikePatientError
from bubbles.events import (
    BubbleClosed,
    CaregiverLeft,
    InvitationAccepted,
    InvitationWanted,
    MemberRemoved,
)
from bubbles.vocabulary import InvitedAs
from patient.operations import closing
from patient.operations import places as operations
from patient.queries import places as queries
from patient.queries.namesakes import has_namesake
from security.queries import find_user_by_email


def refuse_known_patient(event: InvitationWanted) -> None:
    """Who is cared for in the bubble already is not invited to it again, by no other address."""
    if event.invited_as is not InvitedAs.PATIENT:
        return
    user = find_user_by_email(event.email) if event.email else None
    if user is not None and queries.is_enrolled(user.id, event.bubble_id):
        raise AlreadyMemberError
    who = event.invitee
    if who.birth_date is None or not who.is_known or event.despite_namesake:
        return
    if has_namesake(
        event.bubble_id,
        given_name=who.given_name,
        family_name=who.family_name,
        birth_date=who.birth_date,
    ):
        raise LooksLikePatientError


def enrol_invited_patient(event: InvitationAccepted) -> None:
    """An invited patient is enrolled, followed by who was named."""
    if event.invited_as is InvitedAs.PATIENT:
        operations.enrol(
            user_id=event.user_id, bubble_id=event.bubble_id, follower_ids=event.follower_ids
        )


def stop_following(event: MemberRemoved | CaregiverLeft) -> None:
    """Who leaves the staff, or cares for nobody there now, follows nobody there any more."""
    operations.end_assignments(bubble_id=event.bubble_id, user_id=event.user_id)


def end_enrolments_of_bubble(event: BubbleClosed) -> None:
    """A bubble that closes cares for nobody any more."""
    closing.end_enrolments(bubble_id=event.bubble_id)
