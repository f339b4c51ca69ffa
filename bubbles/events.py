"""What happens in a bubble that others may care about."""

from __future__ import annotations

from dataclasses import dataclass

from bubbles.vocabulary import NOBODY_NAMED, InvitedAs, Invitee, Kept


@dataclass(frozen=True)
class InvitationWanted:
    """Somebody is about to be invited; who knows a reason against it raises it from here.

    The bubble itself knows its staff only: whether an address already belongs to one of its
    patients is known above.
    """

    bubble_id: int
    email: str
    """Empty for an invitation on paper."""
    invited_as: InvitedAs
    invitee: Invitee = NOBODY_NAMED
    despite_namesake: bool = False
    """The inviter has seen that somebody there looks like this person, and means another."""


@dataclass(frozen=True)
class InvitationAccepted:
    """Somebody said yes. A caregiver is a member already; who hears it makes a patient's place."""

    invitation_id: int
    bubble_id: int
    user_id: int
    invited_as: InvitedAs
    follower_ids: tuple[int, ...]
    """For a patient: the accounts of the caregivers named to follow them, members still."""


@dataclass(frozen=True)
class CaregiverJoined:
    """Somebody became a caregiver of a bubble: by an invitation, or by creating it as one."""

    bubble_id: int
    user_id: int


@dataclass(frozen=True)
class MemberRemoved:
    """Somebody left the staff, or was made to leave."""

    bubble_id: int
    user_id: int


@dataclass(frozen=True)
class CaregiverLeft:
    """An administrator stays, and is no longer a caregiver there."""

    bubble_id: int
    user_id: int


@dataclass(frozen=True)
class BubbleClosed:
    """The team has ended: its staff is gone, its patients' places end.

    Who ends those calls ``bubbles.operations.closing.tell_departures`` once they are ended:
    ``MemberRemoved`` follows then for each of the staff.
    """

    bubble_id: int


@dataclass(frozen=True)
class TimeZoneChanged:
    """The place of a bubble is on another clock; whose hours depend on it makes them follow.

    Who knows of such hours and is not told what to keep raises ``ClockChoiceNeededError``.
    """

    bubble_id: int
    before: str
    after: str
    keep: Kept | None
