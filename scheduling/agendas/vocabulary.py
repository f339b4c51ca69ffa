"""The words of agendas."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core import wording
from core.sentences import Catalogue, language, sentences
from core.wording import KEPT


class ConsultationMode(StrEnum):
    """Where a consultation happens."""

    ON_SITE = "on_site"
    HOME = "home"
    VIDEO = "video"
    PHONE = "phone"


REMINDERS = (10080, 2880, 1440, 120)
"""Seven days, 48 hours, 24 hours and two hours before: when patients can be reminded."""


class QuestionKind(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"


YES, NO = "oui", "non"
"""How the two answers of a yes-or-no question are written down."""


class AbsenceKind(StrEnum):
    """Why an agenda is closed for a while."""

    ABSENCE = "absence"
    BLOCKED = "blocked"
    PUBLIC_HOLIDAY = "public_holiday"


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
    if language() != "fr":
        return f"€{euros}.{rest:02}" if rest else f"€{euros}"
    amount = f"{euros},{rest:02}" if rest else f"{euros}"
    return f"{amount}{wording.NBSP}€"


def weekday_name(day: date) -> str:
    """Name the day of the week of a date, as inside a sentence."""
    return _weekday_name(day.weekday(), sentences.spoken())


@lru_cache(KEPT)
def _weekday_name(weekday: int, _spoken: Catalogue) -> str:
    return weekday_words(weekday).lower()


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
    return str(format_date(first, "LLLL y", locale=language()))


def answer_words(text: str) -> str:
    """Say an answer: yes and no in the reader's language, anything else as it was written."""
    return {YES: str(_l("Yes")), NO: str(_l("No"))}.get(text, text)


FILTERS = {
    "answer_words": answer_words,
    "before_words": before_words,
    "question_kind_words": question_kind_words,
    "absence_words": absence_words,
    "month_words": month_words,
    "mode_words": mode_words,
    "price": price_words,
    "weekday_name": weekday_name,
}
"""What templates say in words."""
