"""The words of the composed pages."""

from __future__ import annotations

from enum import StrEnum


class Space(StrEnum):
    """Which of the two faces of the product a person sees."""

    CAREGIVER = "caregiver"
    """« Espace accompagnant »: the staff of a bubble, administrators included."""
    PATIENT = "patient"


class MomentKind(StrEnum):
    """What a line of the day is."""

    PAST = "past"
    NOW = "now"
    CURRENT = "current"
    """Under way."""
    NEXT = "next"
    COMING = "coming"
    FREE = "free"
