"""Who may do what: a bubble on another clock."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.authorization import Rule, is_system


class ZoneChangePermission(StrEnum):
    """A bubble on another clock."""

    TELL_CLOCK = "appointment:tell_clock"
    """Tell somebody that the clock of a place has become another."""


RULES: Mapping[StrEnum, Rule] = {
    ZoneChangePermission.TELL_CLOCK: is_system,
}
