"""What bubbles do by themselves, day after day."""

from __future__ import annotations

from typing import Any

from bubbles.operations.lists import forget_old_lists
from core.authorization import INSTANCE, System

FORGET_LISTS = "forget_invitation_lists"


def forget_lists(_row_id: int, _payload: dict[str, Any]) -> None:
    """Once a day: delete the lists that have served."""
    forget_old_lists(System("daily tidying up"), INSTANCE)
