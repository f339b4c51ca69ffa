"""The public holidays of France: those of everywhere, and those of some places only.

Eleven days that the law names, one or two more in some places: a library would bring those of two
hundred countries with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Place(StrEnum):
    """Where: each has the common days and its own."""

    METROPOLE = "metropole"
    ALSACE_MOSELLE = "alsace_moselle"
    GUADELOUPE = "guadeloupe"
    GUYANE = "guyane"
    MARTINIQUE = "martinique"
    MAYOTTE = "mayotte"
    REUNION = "reunion"
    SAINT_BARTHELEMY = "saint_barthelemy"
    SAINT_MARTIN = "saint_martin"


class Holiday(StrEnum):
    """Which day."""

    NEW_YEAR = "new_year"
    GOOD_FRIDAY = "good_friday"
    EASTER_MONDAY = "easter_monday"
    LABOUR = "labour"
    VICTORY = "victory"
    ASCENSION = "ascension"
    WHIT_MONDAY = "whit_monday"
    ABOLITION = "abolition"
    BASTILLE = "bastille"
    ASSUMPTION = "assumption"
    ALL_SAINTS = "all_saints"
    ARMISTICE = "armistice"
    CHRISTMAS = "christmas"
    SECOND_CHRISTMAS = "second_christmas"


@dataclass(frozen=True, slots=True, order=True)
class PublicHoliday:
    """One day of one year."""

    day: date
    which: Holiday


_FIXED = (
    (1, 1, Holiday.NEW_YEAR),
    (5, 1, Holiday.LABOUR),
    (5, 8, Holiday.VICTORY),
    (7, 14, Holiday.BASTILLE),
    (8, 15, Holiday.ASSUMPTION),
    (11, 1, Holiday.ALL_SAINTS),
    (11, 11, Holiday.ARMISTICE),
    (12, 25, Holiday.CHRISTMAS),
)
_AFTER_EASTER = (
    (1, Holiday.EASTER_MONDAY),
    (39, Holiday.ASCENSION),
    (50, Holiday.WHIT_MONDAY),
)
_ABOLITION = {
    Place.GUADELOUPE: (5, 27),
    Place.GUYANE: (6, 10),
    Place.MARTINIQUE: (5, 22),
    Place.MAYOTTE: (4, 27),
    Place.REUNION: (12, 20),
    Place.SAINT_BARTHELEMY: (10, 9),
    Place.SAINT_MARTIN: (5, 28),
}


def public_holidays(place: Place, year: int) -> list[PublicHoliday]:
    """Return the public holidays of one year in one place, in order."""
    return sorted(_days(place, year))


def coming_holidays(place: Place, today: date) -> list[PublicHoliday]:
    """Return those of the twelve months from ``today`` on."""
    holidays = [*public_holidays(place, today.year), *public_holidays(place, today.year + 1)]
    return [holiday for holiday in holidays if today <= holiday.day < today + timedelta(days=365)]


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (Oudin's reckoning)."""
    century = year // 100
    moon = year % 19
    lag = (century - century // 4 - (century - (century - 17) // 25) // 3 + 19 * moon + 15) % 30
    lag -= lag // 28 * (1 - lag // 28 * (29 // (lag + 1)) * ((21 - moon) // 11))
    weekday = (year + year // 4 + lag + 2 - century + century // 4) % 7
    after = lag - weekday
    month = 3 + (after + 40) // 44
    return date(year, month, after + 28 - 31 * (month // 4))


def _days(place: Place, year: int) -> Iterator[PublicHoliday]:
    sunday = easter(year)
    for month, day, which in _FIXED:
        yield PublicHoliday(date(year, month, day), which)
    for days, which in _AFTER_EASTER:
        yield PublicHoliday(sunday + timedelta(days=days), which)
    if place is Place.ALSACE_MOSELLE:
        yield PublicHoliday(sunday - timedelta(days=2), Holiday.GOOD_FRIDAY)
        yield PublicHoliday(date(year, 12, 26), Holiday.SECOND_CHRISTMAS)
    if place in _ABOLITION:
        month, day = _ABOLITION[place]
        yield PublicHoliday(date(year, month, day), Holiday.ABOLITION)
