"""What happens to accounts that others may care about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SessionEnded:
    """A device is no longer signed in, whatever the reason."""

    secret: str
    """What its sockets are bound to."""
    user_id: int
