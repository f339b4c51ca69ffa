"""What happens to accounts that others may care about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SessionEnded:
    """A device is no longer signed in, whatever the reason."""

    session_id: int
    user_id: int
