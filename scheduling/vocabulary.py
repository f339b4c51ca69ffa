"""The words of agendas."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import gettext as _


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


class AppointmentList(StrEnum):
    """Which of their appointments a patient looks at."""

    COMING = "coming"
    PAST = "past"
    CANCELLED = "cancelled"


def mode_words(mode: ConsultationMode) -> str:
    """Say where a consultation happens."""
    words: dict[ConsultationMode, str] = {
        ConsultationMode.ON_SITE: _("On site"),
        ConsultationMode.HOME: _("At home"),
        ConsultationMode.VIDEO: _("By video"),
        ConsultationMode.PHONE: _("By phone"),
    }
    return words[mode]


def weekday_words(weekday: int) -> str:
    """Name a day of the week; 0 is Monday."""
    names: tuple[str, ...] = (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )
    return names[weekday]


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
