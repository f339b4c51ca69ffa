"""Who may do what with the first steps: each person with their own."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.authorization import Rule
from security.policy import is_self


class HomePermission(StrEnum):
    """First steps: named <resource>:<action>."""

    ANSWER_STEP = "first_step:answer"
    """Say that a page of the first steps was read or passed over, or put the welcome away."""


RULES: Mapping[StrEnum, Rule] = {HomePermission.ANSWER_STEP: is_self}
