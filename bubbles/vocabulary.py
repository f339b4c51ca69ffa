"""The words of care teams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class InvitedAs(StrEnum):
    """What the invited person will be."""

    CAREGIVER = "caregiver"
    PATIENT = "patient"


class Delivery(StrEnum):
    """How an invitation reaches the person."""

    MAIL = "mail"
    SHEET = "sheet"
    """A printed sheet with a short code, for who has no e-mail."""
    BY_HAND = "by_hand"
    """The link was shown to an administrator, who passes it on."""


class InvitationState(StrEnum):
    """Where an invitation stands, judged when it is read."""

    WAITING = "waiting"
    SENT = "sent"
    OPENED = "opened"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NOT_DELIVERED = "not_delivered"
    TO_CONFIRM = "to_confirm"
    """Who sent it administers the bubble no more: it opens nothing until another stands for it."""


class LineState(StrEnum):
    """What became of one line of a pasted list."""

    TO_SEND = "to_send"
    SENT = "sent"
    REPEATED = "repeated"
    """The same address stands elsewhere in the list: it is invited once."""
    NOT_READ = "not_read"
    """There is no whole address in it."""
    REFUSED = "refused"


class RoleChange(StrEnum):
    """What may be changed about somebody's membership."""

    PROMOTE = "promote"
    DEMOTE = "demote"
    START_CARING = "start_caring"
    STOP_CARING = "stop_caring"


@dataclass(frozen=True)
class BubbleInformation:
    """What an administrator may say of a bubble: the fields of the same names in ``Bubble``."""

    name: str
    time_zone: str
    description: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    place_name: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    team_sentence: str = ""
    is_named_in_mails: bool = False


class Kept(StrEnum):
    """What stays when the clock of a place becomes another one."""

    HOURS = "hours"
    """What people read: 10:30 stays 10:30."""
    INSTANTS = "instants"
    """When it happens: 10:30 is read as what the new clock shows then."""


@dataclass(frozen=True)
class ClockExample:
    """One promised hour: as it is read now, and what each choice makes of it."""

    now: str
    hours: str
    instants: str


@dataclass(frozen=True)
class ClockImpact:
    """What a change of time zone would concern, in words, and the nearest promised hours."""

    counts: list[str]
    examples: list[ClockExample]
    warning: str = ""
    """What no choice can keep."""


@dataclass(frozen=True)
class Invitee:
    """Who is meant by an invitation, as far as the inviter says; nothing is required."""

    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None
    is_another: bool = False
    """The inviter has seen that somebody there looks like this person, and means another."""

    @property
    def is_known(self) -> bool:
        """Say whether it is enough to recognise somebody."""
        return bool((self.given_name or self.family_name) and self.birth_date)


NOBODY_NAMED = Invitee()


def address_line(place_name: str, street: str, postcode: str, town: str) -> str:
    """Write where a team works on one line, as far as it is known."""
    parts = (place_name, street, f"{postcode} {town}".strip())
    return ", ".join(part for part in parts if part)
