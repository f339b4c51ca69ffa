"""The words of care teams."""

from __future__ import annotations

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
