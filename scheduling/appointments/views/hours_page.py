"""Hours to choose from, one button each: in a booking, in a move, behind a message's link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask import request

from scheduling.agendas.queries.bookable import BookableService
from scheduling.appointments.queries.free import nearest_slots
from scheduling.appointments.queries.meetings import Meeting, list_meetings
from scheduling.appointments.views.calendar_page import Shown, show_slots


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

    def met_by(self, slot: datetime) -> Meeting | None:
        """Return what the patient has already at that hour."""
        length = timedelta(minutes=self.service.duration)
        return next((one for one in self.meetings if one.meets(slot, length)), None)

    @property
    def clashes(self) -> list[Meeting]:
        """Return what the patient has already at an hour that is shown."""
        met = {self.met_by(slot) for slot in self.slots}
        return [one for one in self.meetings if one in met]


def lay_out_hours(
    service: BookableService,
    patient_id: int,
    frame: Frame,
    *,
    except_id: int | None = None,
    for_user_id: int | None = None,
) -> Hours:
    """Put the hours of a service together, with what the patient has at the same time."""
    mine: dict[str, Any] = {"for_user_id": for_user_id, "except_id": except_id}
    hours = Hours(
        frame,
        service,
        show_slots(service, request.args, **mine),
        nearest_slots(service, frame.wanted, **mine) if frame.wanted else [],
        [],
    )
    if not hours.slots:
        return hours
    end = max(hours.slots) + timedelta(minutes=service.duration)
    meetings = list_meetings(patient_id, min(hours.slots), end, except_id=except_id)
    return replace(hours, meetings=[one for one in meetings if one.starts_at != frame.held])
