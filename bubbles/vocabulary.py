"""The words of care teams."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class InvitedAs(StrEnum):
    """What the invited person will be."""

    CAREGIVER = "caregiver"
    PATIENT = "patient"


class InvitationState(StrEnum):
    """Where an invitation stands, judged when it is read."""

    SENT = "sent"
    OPENED = "opened"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NOT_DELIVERED = "not_delivered"


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
