"""Hours to choose from, one button each: in a booking, in a move, behind a message's link."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request

from core import wording
from scheduling.agendas.queries.bookable import BookableService
from scheduling.appointments.queries.free import nearest_slots
from scheduling.appointments.queries.meetings import Meeting, list_meetings
from scheduling.appointments.views.calendar_page import Shown, show_slots

if TYPE_CHECKING:
    from scheduling.appointments.models import Appointment


@dataclass(frozen=True)
class Frame:
    """The page around the hours: where a button leads, what it sends, what was just refused."""

    action: str
    url: Callable[..., str]
    """The same page from another day on."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What each button sends besides its hour."""
    refusal: str = ""
    wanted: datetime | None = None
    """An hour that was just refused."""
    held: datetime | None = None
    """The hour that is kept for the reader already."""


class HourButton(NamedTuple):
    """What one button sends and says."""

    value: str
    words: str
    """The hour, on the clock of the place."""
    is_met: bool
    """Whether the patient has something else at that hour."""
    is_held: bool


@dataclass(frozen=True)
class Hours:
    """All that the part of a page with hours says."""

    frame: Frame
    service: BookableService
    shown: Shown
    nearest: list[datetime]
    meetings: list[Meeting]
    """What the same patient has promised elsewhere, of the days shown."""

    @property
    def slots(self) -> list[datetime]:
        """Return every hour that has a button."""
        days = [day.slots for block in self.shown.blocks for day in block]
        return [slot for slots in days for slot in slots] + self.nearest

    @cached_property
    def met(self) -> dict[datetime, Meeting]:
        """Map the hours shown to what the patient has already at that time."""
        length = timedelta(minutes=self.service.duration)
        met: dict[datetime, Meeting] = {}
        slots = sorted(self.slots)
        for meeting in self.meetings:
            first = bisect_right(slots, meeting.starts_at - length)
            for slot in slots[first : bisect_left(slots, meeting.ends_at)]:
                met.setdefault(slot, meeting)
        return met

    @property
    def clashes(self) -> list[Meeting]:
        """Return what the patient has already at an hour that is shown."""
        met = set(self.met.values())
        return [meeting for meeting in self.meetings if meeting in met]

    def buttons(self, slots: Iterable[datetime], *, whole: bool = False) -> list[HourButton]:
        """Return the buttons of these hours; ``whole``: they say their day as well."""
        zone, met, held = self.service.zone, self.met, self.frame.held
        said = wording.day_and_hour if whole else wording.clock_time
        return [
            HourButton(slot.isoformat(), said(slot, zone), slot in met, slot == held)
            for slot in slots
        ]


def lay_out_hours(
    service: BookableService,
    patient_id: int,
    frame: Frame,
    *,
    held_id: int | None = None,
    moved: Appointment | None = None,
) -> Hours:
    """Put the hours of a service together, with what the patient has at the same time.

    ``held_id``: what one holds already, and gives up for another hour; ``moved``: what is to have
    another hour than the one that it has.
    """
    moved_id, now_at = (moved.id, moved.starts_at) if moved is not None else (None, None)
    but = [number for number in (held_id, moved_id) if number is not None]
    nearest = nearest_slots(service, frame.wanted, but=but) if frame.wanted else []
    hours = Hours(
        frame,
        service,
        show_slots(service, request.args, but=but, not_at=now_at),
        [slot for slot in nearest if slot != now_at],
        [],
    )
    if not hours.slots:
        return hours
    end = max(hours.slots) + timedelta(minutes=service.duration)
    meetings = list_meetings(patient_id, min(hours.slots), end, except_id=moved_id)
    return replace(hours, meetings=[one for one in meetings if one.starts_at != frame.held])
