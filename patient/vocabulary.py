"""The words of people cared for."""

from __future__ import annotations

from enum import StrEnum


class GuardianKind(StrEnum):
    """As what a user acts for a patient."""

    SELF = "self"
    RELATIVE = "relative"
