"""The words of appointments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from core import wording
from scheduling.time.vocabulary import Violation


class AppointmentStatus(StrEnum):
    """Where an appointment stands; a hold whose time is over is free without being changed."""

    HELD = "held"
    BOOKED = "booked"
    CANCELLED = "cancelled"


class HeldFor(StrEnum):
    """For whom an hour is kept until they answer."""

    PERSON = "person"
    """Who is booking it."""
    PROPOSAL = "proposal"
    """The patient to whom their caregiver proposes it."""
    OFFER = "offer"
    """Who waits for an earlier hour."""


class Attendance(StrEnum):
    """What became of an appointment whose hour has come."""

    FULFILLED = "fulfilled"
    NOSHOW = "noshow"


class ChangeKind(StrEnum):
    """One step in the life of an appointment."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    FULFILLED = "fulfilled"
    NOSHOW = "noshow"
    CLOCK_CHANGED = "clock_changed"
    """The place is on another clock: the hour that is read, or the moment, became another."""


class CallReason(StrEnum):
    """Why somebody must telephone."""

    CANCELLED = "cancelled"
    MOVED = "moved"
    ABSENCE = "absence"


class DiaryView(StrEnum):
    """How a caregiver looks at their agenda."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    LIST = "list"


class AppointmentList(StrEnum):
    """Which of their appointments a patient looks at."""

    COMING = "coming"
    PAST = "past"
    CANCELLED = "cancelled"


_VIOLATIONS: dict[Violation, Any] = {
    Violation.TOO_SOON: _l("It is sooner than this consultation lets patients book."),
    Violation.TOO_FAR: _l("It is farther away than this consultation lets patients book."),
    Violation.OUTSIDE_HOURS: _l("It is outside the hours of the agenda."),
    Violation.OFF_GRID: _l("It does not begin with one of the slots of the agenda."),
    Violation.ABSENCE: _l("It falls in an absence, or in blocked time."),
    Violation.MAXIMUM: _l("The daily maximum of this consultation is reached."),
    Violation.OVERLAP: _l("Another appointment, or an hour that somebody holds, is in the way."),
    Violation.BUFFER: _l("It leaves too little time before or after another appointment."),
}


def violation_words(violation: Violation) -> str:
    """Say which rule stands against an hour."""
    return str(_VIOLATIONS[violation])


def groupby_day(hours: Sequence[datetime], zone: str) -> list[tuple[date, list[datetime]]]:
    """Sort hours by the day of the place on which they begin."""
    groups: dict[date, list[datetime]] = {}
    for hour in sorted(hours):
        groups.setdefault(wording.in_zone(hour, zone).date(), []).append(hour)
    return list(groups.items())


FILTERS = {
    "groupby_day": groupby_day,
}
"""What templates say in words."""
