"""Who may fill the installation with invented people."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from core.authorization import is_system

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.authorization import Rule


class DemoPermission(StrEnum):
    """Demonstration."""

    SEED = "demo:seed"
    """Fill a demonstration with invented people, or empty it."""


RULES: Mapping[StrEnum, Rule] = {
    DemoPermission.SEED: is_system,
}
