"""A far side that answers nobody is left alone for a while: what goes there waits unharmed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger(__name__)
TOLERATED = 3
"""Failures in a row before a destination is left alone."""
FIRST_REST, LONGEST_REST = 30.0, 300.0
"""Seconds; doubled each time that it is still away."""


@dataclass
class _Destination:
    failures: int = 0
    rest: float = 0.0
    rests_until: float = 0.0


@dataclass
class Breaker:
    """What one worker knows of the destinations it sends to."""

    clock: Callable[[], float] = time.monotonic
    _known: dict[str, _Destination] = field(default_factory=dict)

    def resting(self) -> list[str]:
        """Return the destinations to which nothing is sent now."""
        now = self.clock()
        return sorted(
            name for name, destination in self._known.items() if destination.rests_until > now
        )

    def note_success(self, destination: str) -> None:
        """Trust it again."""
        known = self._known.pop(destination, None)
        if known is not None and known.rest:
            log.info("outbox_destination_is_back", destination=destination)

    def note_away(self, destination: str) -> None:
        """Count one failure; the third in a row begins a rest, and so does each one after it."""
        if not destination:
            return
        known = self._known.setdefault(destination, _Destination())
        known.failures += 1
        if known.failures >= TOLERATED:
            known.rest = min(known.rest * 2 or FIRST_REST, LONGEST_REST)
            known.rests_until = self.clock() + known.rest
            log.warning("outbox_destination_rests", destination=destination, seconds=known.rest)
