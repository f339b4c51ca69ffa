"""How what people type is tidied."""

from __future__ import annotations


def strip(value: str | None) -> str:
    """Leave out the spaces around, and treat nothing as an empty text."""
    return " ".join((value or "").split())
