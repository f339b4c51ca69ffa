"""Writing rows one after the other, and telling days from today."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from core import wording
from core.database import Base, db
from demo.vocabulary import ZONE

M = TypeVar("M", bound=Base)
SATURDAY = 5


def add(thing: M) -> M:
    """Write a row; its number is known then."""
    db.session.add(thing)
    db.session.flush()  # what follows needs the id
    return thing


def day(days: int) -> date:
    """Return the day so many days from today; the past has negative numbers."""
    return wording.today(ZONE) + timedelta(days=days)


def working_day(number: int) -> date:
    """Return the first, the second… day after today on which offices are open."""
    on = wording.today(ZONE)
    while number:
        on += timedelta(days=1)
        number -= on.weekday() < SATURDAY
    return on


def past_working_day(number: int) -> date:
    """Return the first, the second… day before today on which offices were open."""
    on = wording.today(ZONE)
    while number:
        on -= timedelta(days=1)
        number -= on.weekday() < SATURDAY
    return on


def instant(on: date, at: time) -> datetime:
    """Return the moment of a wall clock at the place."""
    return datetime.combine(on, at, ZoneInfo(ZONE)).astimezone(UTC)
