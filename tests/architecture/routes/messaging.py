"""Conversations: those who take part, nobody else."""

from __future__ import annotations

from typing import Any

from tests import factories as make
from tests.architecture.routes.world import SIGNED_IN, World


def things(world: World) -> dict[str, Any]:
    return {"conversation_id": make.conversation(world.enrolment, world.follower).id}


ROUTES = {
    "GET messaging.around": "patient follower",
    "POST messaging.around": "patient follower",
    "POST messaging.create": "patient follower",
    "GET messaging.direct": "patient follower",
    "POST messaging.direct": "patient follower",
    "GET messaging.index": SIGNED_IN,
    "GET messaging.news": "patient follower",
    "POST messaging.read": "patient follower",
    "GET messaging.show": "patient follower",
    "GET messaging.write": SIGNED_IN,
    "GET messaging.unread": SIGNED_IN,
}
