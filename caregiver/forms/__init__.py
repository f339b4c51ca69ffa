"""What caregivers write about themselves and their papers."""

from __future__ import annotations


def strip(value: str | None) -> str:
    """Leave out the spaces around, and treat nothing as an empty text."""
    return " ".join((value or "").split())
