"""Files on their way: whoever sends one continues it, nobody else knows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core import clock
from tests import factories as make
from tests.architecture.routes.world import SIGNED_IN, World
from uploads.models import ResumableUpload


def things(world: World) -> dict[str, Any]:
    now = clock.now()
    upload = make._add(
        ResumableUpload(
            reference=f"{world.follower.id:032d}",
            key=f"{world.follower.id:032d}",
            owner_id=world.follower.id,
            filename="photo.png",
            size=10,
            received=0,
            created_at=now,
            expires_at=now + timedelta(hours=1),
        )
    )
    return {"reference": upload.reference}


ROUTES = {
    "PATCH uploads.append": "follower",
    "POST uploads.begin": SIGNED_IN,
    "DELETE uploads.cancel": "follower",
    "HEAD uploads.progress": "follower",
}
