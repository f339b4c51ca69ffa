"""Who may do what: messages about appointments."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.authorization import Rule, is_system
from security.policy import is_self


class NoticePermission(StrEnum):
    """Messages about appointments."""

    REMIND = "reminder:send"
    """Remind a patient of an appointment."""
    CHOOSE_REMINDERS = "reminder:choose"
    """Choose how one is reminded."""


RULES: Mapping[StrEnum, Rule] = {
    NoticePermission.REMIND: is_system,
    NoticePermission.CHOOSE_REMINDERS: is_self,
}
