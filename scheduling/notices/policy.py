"""Who may do what: messages and calls about appointments."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import patient.policy
from core.authorization import Rule, is_system
from scheduling.notices.models import CallTask
from security.policy import is_self


class NoticePermission(StrEnum):
    """Messages and calls about appointments."""

    REMIND = "reminder:send"
    """Remind a patient of an appointment."""
    PLAN_CALLS = "call_task:create"
    """Have the patients called whom no message reached."""
    CHOOSE_REMINDERS = "reminder:choose"
    """Choose how one is reminded."""
    FINISH_CALL = "call_task:done"
    """Note that a patient was called."""


def follows_whom_to_call(actor: Any, task: CallTask) -> bool:
    """Any caregiver who follows the patient to call."""
    return patient.policy.follows(actor, task.appointment.enrolment)


RULES: Mapping[StrEnum, Rule] = {
    NoticePermission.REMIND: is_system,
    NoticePermission.PLAN_CALLS: is_system,
    NoticePermission.CHOOSE_REMINDERS: is_self,
    NoticePermission.FINISH_CALL: follows_whom_to_call,
}
