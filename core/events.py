"""How a lower package tells the higher ones, without knowing them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

E = TypeVar("E")
_subscribers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(event_type: type[E], handler: Callable[[E], None]) -> None:
    """Call ``handler`` for each such event; subscribing twice changes nothing.

    Handlers run in the order of subscription, and wirings run from the lowest package up.
    """
    if handler not in _subscribers[event_type]:
        _subscribers[event_type].append(handler)


def publish(event: object) -> None:
    """Run the subscribers now, inside the caller's transaction."""
    for handler in _subscribers[type(event)]:
        handler(event)
