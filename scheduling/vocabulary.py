"""The words of agendas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _
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
    CLOCK_CHANGED = "clock_changed"
    """The place is on another clock: the hour that is read, or the moment, became another."""


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


class HitState(StrEnum):
    """How far an appointment that an absence hits is settled."""

    OPEN = "open"
    WAITING = "waiting"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    TO_CALL = "to_call"
    CALLED = "called"
    KEPT = "kept"
    COLLEAGUE = "colleague"
    MOVED = "moved"
    CANCELLED = "cancelled"


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


_QUESTION_KINDS: dict[QuestionKind, Any] = {
    QuestionKind.TEXT: _l("In a few words"),
    QuestionKind.CHOICE: _l("One choice among several"),
    QuestionKind.YES_NO: _l("Yes or no"),
}


def question_kind_words(kind: QuestionKind) -> str:
    """Say how a question is answered."""
    return str(_QUESTION_KINDS[kind])


def before_words(minutes: int) -> str:
    """Say how long before an appointment: « 7 jours avant », « 24 h avant », « 5 min avant »."""
    days, rest = divmod(minutes, 1440)
    if days > 2 and not rest:  # noqa: PLR2004  (up to 48 h, people count in hours)
        return str(_("%(num)d days before", num=days))
    hours, rest = divmod(minutes, 60)
    if not rest:
        return str(_("%(num)d h before", num=hours))
    return str(_("%(num)d minutes before", num=minutes))


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


_ABSENCES: dict[AbsenceKind, Any] = {
    AbsenceKind.ABSENCE: _l("Away"),
    AbsenceKind.BLOCKED: _l("Blocked time"),
    AbsenceKind.PUBLIC_HOLIDAY: _l("Public holiday"),
}


def absence_kind_words(kind: AbsenceKind) -> str:
    """Say why an agenda is closed."""
    return str(_ABSENCES[kind])


def absence_words(absence: Any) -> str:
    """Say why an agenda is closed for a while."""
    return absence_kind_words(absence.kind)


def month_words(first: date) -> str:
    """Name a month with its year: « novembre 2026 »."""
    return str(format_date(first, "LLLL y", locale=wording.language()))


def answer_words(text: str) -> str:
    """Say an answer: yes and no in the reader's language, anything else as it was written."""
    return {"oui": str(_l("Yes")), "non": str(_l("No"))}.get(text, text)


def groupby_day(hours: Sequence[datetime], zone: str) -> list[tuple[date, list[datetime]]]:
    """Sort hours by the day of the place on which they begin."""
    groups: dict[date, list[datetime]] = {}
    for hour in sorted(hours):
        groups.setdefault(wording.in_zone(hour, zone).date(), []).append(hour)
    return list(groups.items())


FILTERS = {
    "groupby_day": groupby_day,
    "answer_words": answer_words,
    "before_words": before_words,
    "question_kind_words": question_kind_words,
    "absence_words": absence_words,
    "month_words": month_words,
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
