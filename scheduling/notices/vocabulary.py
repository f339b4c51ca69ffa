"""The words of what people are told."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """How a reminder travels."""

    EMAIL = "email"
    SMS = "sms"


class Said(StrEnum):
    """What a text message is about."""

    CONFIRMED = "confirmed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REMINDED = "reminded"
