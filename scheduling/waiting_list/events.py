"""What others hear of the waiting list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduling.waiting_list.models import WaitingListOffer


@dataclass(frozen=True, slots=True)
class HourOffered:
    """An hour is kept for somebody who waits; its people are to be asked."""

    offer: WaitingListOffer
