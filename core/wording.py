"""How dates, hours and French typography are written, on screen and in mails."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_location
from flask_babel import gettext as _

from core import clock
from core.sentences import Catalogue, language, sentences

NBSP = "\u00a0"
K = TypeVar("K")
MEGABYTE = 1_000_000
KEPT = 4096
"""Words of days and hours: a page says the same few hundreds of times, and so does the next."""
_NOT_A_WORD = re.compile(r"[\W_]+")
_RULES = [
    (re.compile(r" ([:;!?»])"), NBSP + r"\1"),
    (re.compile(r"« "), "«" + NBSP),
    (re.compile(r"(\d) h (\d)"), rf"\1{NBSP}h{NBSP}\2"),
    (re.compile(r"(\d) (h|min|s|km|m|Ko|Mo|€|%|ans|jours|mois)\b"), rf"\1{NBSP}\2"),
    (re.compile(r"(\d) (€|%)"), rf"\1{NBSP}\2"),
    (re.compile(r"\b(Dr|Mme|M\.|1er) "), rf"\1{NBSP}"),
]


def typographic(text: str, locale: str = "fr") -> str:
    """Put the no-break spaces and apostrophes of French print; leave other languages alone."""
    if locale != "fr":
        return text
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def in_zone(instant: datetime, zone: str) -> datetime:
    """Return the wall clock of ``zone`` at that instant."""
    return instant.astimezone(ZoneInfo(zone))


def today(zone: str) -> date:
    """Return the date in ``zone``."""
    return in_zone(clock.now(), zone).date()


def hour(instant: datetime, zone: str) -> str:
    """Say an hour in a sentence: « 10 h 30 », « 11 h », or « 10:30 » in English."""
    return _hour(instant.astimezone(UTC), zone, sentences.spoken())


@lru_cache(KEPT)
def _hour(instant: datetime, zone: str, spoken: Catalogue) -> str:
    local = in_zone(instant, zone)
    if spoken.language != "fr":
        return f"{local:%H:%M}{_season(local)}"
    minutes = f"{NBSP}{local:%M}" if local.minute else ""
    return f"{local.hour}{NBSP}h{minutes}{_season(local)}"


def clock_time(instant: datetime, zone: str) -> str:
    """Write an hour in a grid: « 9:05 »."""
    return _clock_time(instant.astimezone(UTC), zone, sentences.spoken())


@lru_cache(KEPT)
def _clock_time(instant: datetime, zone: str, _spoken: Catalogue) -> str:
    local = in_zone(instant, zone)
    return f"{local.hour}:{local:%M}{_season(local)}"


def day(value: date | datetime, zone: str | None = None, *, year: bool = False) -> str:
    """Say a day: « jeudi 26 novembre » (« 1er » included), with its year when asked."""
    on = _as_date(value, zone)
    if language() != "fr":
        return _in_words(on, "EEEE d MMMM y" if year else "EEEE d MMMM")
    number = "1er" if on.day == 1 else str(on.day)
    words = f"{_in_words(on, 'EEEE')} {number} {_in_words(on, 'MMMM')}"
    return f"{words} {on.year}" if year else words


def short_day(value: date | datetime, zone: str | None = None) -> str:
    """Say a date in a list: « 26 novembre », « 1er mai 2027 »: its year unless it is this one."""
    on = _as_date(value, zone)
    words = _in_words(on, "d MMMM" if on.year == clock.now().year else "d MMMM y")
    return words.replace("1", "1er", 1) if on.day == 1 and language() == "fr" else words


def day_and_hour(instant: datetime, zone: str) -> str:
    """Say when: « jeudi 26 novembre à 10 h 30 »."""
    return _day_and_hour(instant.astimezone(UTC), zone, sentences.spoken())


@lru_cache(KEPT)
def _day_and_hour(instant: datetime, zone: str, _spoken: Catalogue) -> str:
    return str(_("%(day)s at %(hour)s", day=day(instant, zone), hour=hour(instant, zone)))


def full_day(value: date) -> str:
    """Write a birth date so that nobody mistakes it: « 9 mars 1951 », its year always."""
    words = _in_words(value, "d MMMM y")
    return words.replace("1", "1er", 1) if value.day == 1 and language() == "fr" else words


def relative_day(value: date | datetime, zone: str) -> str:
    """Say a day as people do: today, tomorrow, yesterday, else « jeudi 26 novembre »."""
    on = _as_date(value, zone)
    match (on - today(zone)).days:
        case 0:
            return str(_("today"))
        case 1:
            return str(_("tomorrow"))
        case -1:
            return str(_("yesterday"))
    return day(on)


def leaf_parts(instant: datetime, zone: str) -> tuple[str, str, str]:
    """Return the three lines of a date leaf: « jeu. », « 26 », « nov. »."""
    on = in_zone(instant, zone).date()
    return (
        _in_words(on, "EEE"),
        str(on.day),
        _in_words(on, "MMM"),
    )


def duration(minutes: int) -> str:
    """Say how long: « 45 min », « 1 h », « 1 h 30 »."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest}{NBSP}min"
    return f"{hours}{NBSP}h{NBSP}{rest:02}" if rest else f"{hours}{NBSP}h"


def age(born_on: date, on: date) -> int:
    """Return the whole years between two dates."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def sentence(text: str) -> str:
    """Begin with a capital, and leave the rest alone."""
    return text[:1].upper() + text[1:]


def initials(name: str) -> str:
    """Return two letters at most, for an avatar: first and last word, titles left out."""
    words = [word for word in re.split(r"[\s-]+", name) if word and not word.endswith(".")]
    words = [word for word in words if word.lower() not in {"dr", "pr", "mme", "m"}] or words
    letters = [word[0] for word in (words[:1] + words[1:][-1:])]
    return "".join(letters).upper()


def folded(text: str) -> str:
    """Return what people look for: « oe » finds « Œ », « eloise » finds « Éloïse »."""
    text = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    letters = unicodedata.normalize("NFKD", text)
    kept = (letter for letter in letters if not unicodedata.combining(letter))
    return " ".join("".join(kept).replace("-", " ").split())


def search_words(text: str) -> list[str]:
    """Cut what was typed into folded words: « L’Œuvre-Éloi » is « l », « oeuvre » and « eloi »."""
    return _NOT_A_WORD.sub(" ", folded(text)).split()


def searchable(*texts: str) -> str:
    """Return what a database keeps to be searched: a space, then each word that may be typed.

    A compound name is there in parts and in one piece, so that « jeanpaul » and « lhermite » are
    found as well as « paul » and « hermite ».
    """
    words: dict[str, None] = {}
    for text in texts:
        parts = search_words(text)
        joined = ["".join(search_words(piece)) for piece in text.split()]
        words |= dict.fromkeys([*parts, *joined, "".join(parts)])
    return "".join(f" {word}" for word in words if word)


def sorting_key(*texts: str) -> str:
    """Return what a directory sorts by: folded words, texts apart by what comes before letters."""
    return "\x1f".join(" ".join(search_words(text)) for text in texts)


def alike(names: Iterable[tuple[K, str]]) -> set[K]:
    """Return the keys of names that share a word with another one: one may be taken for another."""
    holders: dict[str, set[K]] = {}
    for key, name in names:
        for word in search_words(name):
            if len(word) > 1:
                holders.setdefault(word, set()).add(key)
    return {key for keys in holders.values() if len(keys) > 1 for key in keys}


def told_apart(people: Iterable[tuple[K, str, str]]) -> list[tuple[K, str]]:
    """Return key and name of each, with what sets them apart after the names that look alike."""
    known = list(people)
    close = alike((key, name) for key, name, _mark in known)
    return [
        (key, f"{name} ({mark})" if key in close and mark else name) for key, name, mark in known
    ]


def full_name(*names: str) -> str:
    """Put the names of somebody together; many people have only one."""
    return " ".join(name for name in names if name)


def familiar(name: str) -> str:
    """Return how one greets: « Madeleine », but « Dr Okafor »."""
    words = name.split()
    if len(words) > 1 and words[0].rstrip(".").lower() in {"dr", "pr", "me", "mme", "m"}:
        return f"{words[0]} {words[-1]}"
    return words[0] if words else name


def hue(identifier: int) -> int:
    """Return the stable colour, 1 to 6, of a person or a bubble; it never carries meaning alone."""
    return identifier * 5 % 6 + 1


def size(count: int) -> str:
    """Say a number of bytes: « 240 Ko », « 1,4 Mo »."""
    if count < MEGABYTE:
        unit, figure = _("KB"), str(max(1, round(count / 1000)))
    else:
        unit, figure = _("MB"), f"{count / MEGABYTE:.1f}".removesuffix(".0")
    return f"{figure.replace('.', ',') if language() == 'fr' else figure}{NBSP}{unit}"


def until(instant: datetime) -> timedelta:
    """Return the time left, never negative."""
    return max(instant - clock.now(), timedelta())


def phone(number: str) -> str:
    """Write a French number in pairs; any other as it is kept."""
    digits = number.replace(" ", "")
    if digits.startswith("+33") and len(digits) == 12:  # noqa: PLR2004  (+33 and nine digits)
        digits = "0" + digits[3:]
    if re.fullmatch(r"0\d{9}", digits):
        return NBSP.join(digits[i : i + 2] for i in range(0, 10, 2))
    return number


def zone_note(instant: datetime, zone: str, reader_zone: str) -> str:
    """Say which clock an hour is told by, to a reader whose own clock shows another."""
    if in_zone(instant, zone).utcoffset() == in_zone(instant, reader_zone).utcoffset():
        return ""
    return zone_words(zone)


def zone_words(zone: str) -> str:
    """Say whose clock a zone is: « heure de Paris »."""
    return _zone_words(zone, sentences.spoken())


@lru_cache(KEPT)
def _zone_words(zone: str, spoken: Catalogue) -> str:
    place = get_timezone_location(ZoneInfo(zone), locale=spoken.language, return_city=True)
    return str(_("%(place)s time", place=place))


FILTERS = {
    "zone_words": zone_words,
    "hour": hour,
    "clock_time": clock_time,
    "day": day,
    "short_day": short_day,
    "full_day": full_day,
    "day_and_hour": day_and_hour,
    "relative_day": relative_day,
    "leaf_parts": leaf_parts,
    "duration": duration,
    "sentence": sentence,
    "familiar": familiar,
    "initials": initials,
    "hue": hue,
    "size": size,
    "phone": phone,
    "in_zone": in_zone,
    "zone_note": zone_note,
}


def _season(local: datetime) -> str:
    """Tell apart the two hours of the same name, in the night when clocks go back."""
    other = local.replace(fold=1 - local.fold)
    if other.utcoffset() == local.utcoffset():
        return ""
    season = _("(winter time)") if local.fold else _("(summer time)")
    return f" {season}"


def _in_words(on: date, pattern: str) -> str:
    return _words_of(on, pattern, sentences.spoken().locale)


@lru_cache(KEPT)
def _words_of(on: date, pattern: str, locale: str) -> str:
    return str(format_date(on, pattern, locale=locale))


def _as_date(value: date | datetime, zone: str | None) -> date:
    if isinstance(value, datetime):
        return in_zone(value, zone or "Europe/Paris").date()
    return value
