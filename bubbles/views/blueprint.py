"""The one blueprint of bubbles, and how its pages reach one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from bubbles import queries
from bubbles.policy import BubblePermission
from core.authorization import can
from core.errors import ForbiddenError
from core.web import signed_in

if TYPE_CHECKING:
    from bubbles.models import Bubble

bp = Blueprint("bubbles", __name__)


def administered(bubble_id: int, permission: BubblePermission) -> Bubble:
    """Reach a bubble for what only some of its members do: strangers find nothing at all."""
    actor = signed_in()
    bubble = queries.get_bubble_for(actor, bubble_id)
    if not can(actor, permission, bubble):
        raise ForbiddenError
    return bubble
