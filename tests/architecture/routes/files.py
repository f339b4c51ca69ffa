"""Bytes for the addresses that send some: kept once, before the rows that point to them."""

from __future__ import annotations

import hashlib
import io
from functools import cache

from PIL import Image

from core import clock
from core.database import db
from security.models import User
from tests import factories as make
from uploads.models import StoredFile
from uploads.storage import current_storage

MOST = 12
"""Rows that one stage may write."""


@cache
def content() -> bytes:
    """Return a small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(buffer, "PNG")
    return buffer.getvalue()


def keep_bytes() -> None:
    """Write them, outside any transaction, under every key that a row may have."""
    for number in range(MOST):
        current_storage().write(_key(number), content())


def picture(owner: User) -> StoredFile:
    """Write a row that points to them."""
    return make._add(
        StoredFile(
            key=_key(db.session.query(StoredFile).count()),
            filename="photo.png",
            content_type="image/png",
            size=len(content()),
            sha256=hashlib.sha256(content()).hexdigest(),
            owner_id=owner.id,
            created_at=clock.now(),
        )
    )


def _key(number: int) -> str:
    return f"{number:032d}"
