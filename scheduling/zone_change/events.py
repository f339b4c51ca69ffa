"""What others hear of a bubble on another clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bubbles.events import TimeZoneChanged
    from scheduling.appointments.models import Appointment
    from scheduling.replanning.models import HourProposal
    from scheduling.waiting_list.models import WaitingListOffer


@dataclass(frozen=True, slots=True)
class HoursFollowedZone:
    """Promised and kept hours follow their bubble's new zone, as was chosen."""

    zone_change: TimeZoneChanged
    booked: Sequence[Appointment]
    proposals: Sequence[HourProposal]
    offers: Sequence[WaitingListOffer]
