"""Hours to choose from, one button each: in a booking, in a move, behind a message's link."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import gettext as _
from markupsafe import Markup, escape

from core import wording
from core.bricks import icon
from core.sentences import Catalogue, sentences
from scheduling.agendas.queries.bookable import BookableService
from scheduling.appointments.queries.free import nearest_slots
from scheduling.appointments.queries.meetings import Meeting, list_meetings
from scheduling.appointments.views.calendar_page import Shown, show_slots

if TYPE_CHECKING:
    from scheduling.appointments.models import Appointment


KEPT = 4096
"""Buttons: nothing of them is anybody's own."""


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

    def buttons(self, slots: Iterable[datetime], on: date | None = None) -> Markup:
        """Draw the buttons of these hours; without the day they stand under, they say their own."""
        zone, spoken, met, held = self.service.zone, sentences.spoken(), self.met, self.frame.held
        day = wording.day(on) if on is not None else ""
        sign = icon("triangle-alert", "icon--s")
        drawn = [
            _button(slot, zone, day, spoken, sign if slot in met else None, slot == held)
            for slot in slots
        ]
        return Markup("".join(drawn))  # noqa: S704  (markup already)


@lru_cache(KEPT)  # a page has two hundred, and so has that of the next person
def _button(
    slot: datetime,
    zone: str,
    day: str,
    _spoken: Catalogue,
    met: Markup | None,
    is_held: bool,  # noqa: FBT001  (part of a key)
) -> Markup:
    """Draw one button: the hour is on the clock of the place; ``met``: the sign of a meeting."""
    value, classes, notes = slot.isoformat(), "slot", Markup()
    if met:
        classes = f"{classes} slot--met"
    if is_held:
        classes, notes = f"{classes} slot--held", _note(_("kept for you"))
    if met:
        notes += _note(_("another appointment at the same time"))
    if day:
        hour = wording.clock_time(slot, zone)
        said = Markup('<span class="sr">{}, </span><time datetime="{}">{}</time>').format(
            day, value, hour
        )
    else:
        said = escape(wording.day_and_hour(slot, zone))
    return Markup(
        '<button type="submit" class="{}" name="heure" value="{}">{}{}{}</button>'
    ).format(classes, value, met or "", said, notes)


def _note(text: str) -> Markup:
    return Markup('<span class="sr"> ({})</span>').format(text)


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
    return replace(
        hours, meetings=[meeting for meeting in meetings if meeting.starts_at != frame.held]
    )
