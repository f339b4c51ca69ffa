"""The words of agendas."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from core import wording


class AppointmentStatus(StrEnum):
    """Where an appointment stands; a hold whose time is over is free without being changed."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class ConsultationMode(StrEnum):
    """Where a consultation happens."""

    ON_SITE = "on_site"
    HOME = "home"
    VIDEO = "video"
    PHONE = "phone"


class DetailLevel(StrEnum):
    """What the titles of a calendar link tell; never a motive."""

    DISCREET = "discreet"
    INITIALS = "initials"
    FULL_NAME = "full_name"


REMINDERS = (10080, 2880, 1440, 120)
"""Seven days, 48 hours, 24 hours and two hours before: when patients can be reminded."""


class QuestionKind(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"


class AbsenceKind(StrEnum):
    """Why an agenda is closed for a while."""

    ABSENCE = "absence"
    BLOCKED = "blocked"
    PUBLIC_HOLIDAY = "public_holiday"


class Attendance(StrEnum):
    """What became of an appointment whose hour has come."""

    HONOURED = "honoured"
    MISSED = "missed"


class ChangeKind(StrEnum):
    """One step in the life of an appointment."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    HONOURED = "honoured"
    MISSED = "missed"


class OfferAnswer(StrEnum):
    """What became of an hour offered from the waiting list."""

    TAKEN = "taken"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """How a reminder travels."""

    EMAIL = "email"
    SMS = "sms"


class Said(StrEnum):
    """What a text message is about."""

    CONFIRMED = "confirmed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REMINDED = "reminded"


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


class AbsenceDecision(StrEnum):
    """What is done with an appointment that an absence hits."""

    COLLEAGUE = "colleague"
    PROPOSED = "proposed"
    CALL = "call"
    KEPT = "kept"


class ProposalAnswer(StrEnum):
    """What became of a new hour proposed to a patient."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Violation(StrEnum):
    """A rule of an agenda that stands against an hour."""

    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    OUTSIDE_HOURS = "outside_hours"
    OFF_GRID = "off_grid"
    ABSENCE = "absence"
    MAXIMUM = "maximum"
    OVERLAP = "overlap"
    BUFFER = "buffer"


class AppointmentList(StrEnum):
    """Which of their appointments a patient looks at."""

    COMING = "coming"
    PAST = "past"
    CANCELLED = "cancelled"


_MODES: dict[ConsultationMode, Any] = {
    ConsultationMode.ON_SITE: _l("On site"),
    ConsultationMode.HOME: _l("At home"),
    ConsultationMode.VIDEO: _l("By video"),
    ConsultationMode.PHONE: _l("By phone"),
}
_WEEKDAYS: tuple[Any, ...] = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)


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


def all_mode_words() -> dict[ConsultationMode, str]:
    """Say every mode once, for pages with many rows."""
    return {mode: mode_words(mode) for mode in ConsultationMode}


def mode_words(mode: ConsultationMode) -> str:
    """Say where a consultation happens."""
    return str(_MODES[mode])


def weekday_words(weekday: int) -> str:
    """Name a day of the week; 0 is Monday."""
    return str(_WEEKDAYS[weekday])


def price_words(cents: int) -> str:
    """Say a price: « 70 € », « 38,50 € », or « €38.50 » in English."""
    euros, rest = divmod(cents, 100)
    if wording.language() != "fr":
        return f"€{euros}.{rest:02}" if rest else f"€{euros}"
    amount = f"{euros},{rest:02}" if rest else f"{euros}"
    return f"{amount}{wording.NBSP}€"


def sentence(words: str) -> str:
    """Begin a sentence with these words."""
    return words[:1].upper() + words[1:]


def weekday_name(day: date) -> str:
    """Name the day of the week of a date, as inside a sentence."""
    return weekday_words(day.weekday()).lower()


FILTERS = {
    "mode_words": mode_words,
    "price": price_words,
    "sentence": sentence,
    "weekday_name": weekday_name,
}
"""What templates of agendas say in words."""

PROGRAMS = (
    ("google", "Google Agenda"),
    ("outlook", "Outlook"),
    ("microsoft", "Outlook"),
    ("thunderbird", "Thunderbird"),
    ("iphone", "iPhone"),
    ("ios", "iPhone"),
    ("macos", "Calendrier (Mac)"),
    ("mac os", "Calendrier (Mac)"),
    ("dataaccessd", "iPhone"),
    ("calendaragent", "Calendrier (Mac)"),
    ("davx5", "DAVx⁵"),
    ("icsx5", "ICSx⁵"),
)


def program_name(user_agent: str) -> str:
    """Name the program behind what it says of itself; its own first word when it is not known."""
    folded = user_agent.lower()
    for part, name in PROGRAMS:
        if part in folded:
            return name
    return user_agent.split("/", maxsplit=1)[0][:40]
