"""What people type, read once: numbers, hours, dates, codes, addresses and names.

Every form, socket and pasted list reads through here, so that what one field understands no other
refuses. Pure, and linear in the length of what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

NOON = 12 * 60
MIDNIGHT = 24 * 60
LONGEST = 120
"""Of what is meant to be a number, an hour, a date or a code; nothing longer is looked at."""
JOINERS = frozenset("\u200c\u200d")
"""Without them Persian and Indian names are misspelled."""
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters of other categories that show nothing at all."""
_SIGNS = str.maketrans(
    {chr(wide): chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63", "-")
    | dict.fromkeys("\u2044\u2215\u060d", "/")
    | dict.fromkeys("\u2024\u3002\uff61\u06d4", ".")
    | dict.fromkeys("\u060c\u066b\u3001", ",")
    | dict.fromkeys("\u2236\ua789\ufe55", ":")
    | {"\ufe6b": "@"}
)
"""The same signs on other keyboards."""
_NUMBER = re.compile(r"[0-9]+(?: [0-9]+)*")
_AMOUNT = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,2}))?(?: ?(?:€|euros?|eur))?")
_FRACTION = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{0,30})?(?:e-?[0-9]{1,2})?")
_HOUR = re.compile(
    r"([0-9]{1,2})(?: ?(?:h|heures?|hours?|[:.,' -]) ?([0-9]{2})? ?(?:min|mn|m)?)?"
    r"(?::[0-9]{2})?(?: ?([ap])\.?m\.?)?"
)
_WRITTEN_TOGETHER = re.compile(r"([0-9]{1,2})([0-9]{2})")
_NAMED_HOURS = {
    "midi": NOON, "noon": NOON, "minuit": 0, "midnight": 0, "midi et demi": NOON + 30,
}  # fmt: skip
_MONTHS = (
    ("janvier", "january"), ("fevrier", "february"), ("mars", "march"), ("avril", "april"),
    ("mai", "may"), ("juin", "june"), ("juillet", "july"), ("aout", "august"),
    ("septembre", "september"), ("octobre", "october"), ("novembre", "november"),
    ("decembre", "december"),
)  # fmt: skip
_SHORTEST_MONTH = 3
_YEAR_FIRST = re.compile(r"([0-9]{4}) ?[-/. ] ?([0-9]{1,2}) ?[-/. ] ?([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2}) ?[-/., ] ?([0-9]{1,2}) ?[-/., ] ?([0-9]{4}|[0-9]{2})")
_DATE_TOGETHER = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
_DAY_AND_WORD = re.compile(
    r"([0-9]{1,2})(?:er|st|nd|rd|th)?[ -]?([a-z]+)\.?,?[ -]?([0-9]{4}|[0-9]{2})"
)
_WORD_AND_DAY = re.compile(r"([a-z]+)\.? ?([0-9]{1,2})(?:st|nd|rd|th)?,? ?([0-9]{4})")
_WEEKDAY = re.compile(
    r"(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r",? "
)
_CENTURY = 100
_SAFE_YEARS = range(1971, 9000)
"""The weeks around a day must exist too."""
_MOST_ACCENTS = 30
"""On one letter; the number of UAX #15, beyond what any language writes."""
_ROUND_AN_ADDRESS = " <>\"',;"


def visible(text: str) -> str:
    """Leave out what cannot be seen: marks of direction, soft hyphens, selectors, fillers."""
    return "".join(sign for sign in text if not _is_unseen(sign))


def line(text: str) -> str:
    """Return a name or a title: composed letters, single spaces, the joiners that spelling needs.

    Marks that turn the direction of writing are left out with the rest of what cannot be seen:
    they would reach beyond the name. Controls stay, for a form to refuse.
    """
    kept = "".join(
        sign
        for sign in text
        if sign in JOINERS or not (unicodedata.category(sign) == "Cf" or sign == "\u2800")
    )
    return _single_spaces(_composed(kept)).strip("\u200c\u200d ")


def paragraphs(typed: str) -> str:
    """Return what was written over several lines: one kind of line break, no blanks around."""
    return typed.replace("\r\n", "\n").replace("\r", "\n").strip()


def plain(text: str) -> str:
    """Return an identifier, code, number or date in plain signs, one space between its parts."""
    seen = visible(text).translate(_SIGNS)
    figures = (str(unicodedata.decimal(sign, sign)) for sign in seen)
    return _single_spaces(_composed("".join(figures)))


def address(text: str) -> str:
    """Return an e-mail address without what surrounds it in mails and address books."""
    bare = plain(text).strip(_ROUND_AN_ADDRESS)
    if bare[: len("mailto:")].lower() == "mailto:":
        bare = bare[len("mailto:") :].strip(_ROUND_AN_ADDRESS)
    return bare


def signs(text: str) -> str:
    """Return a code without what people and printers put between its groups."""
    if len(text) > LONGEST:
        return ""
    return plain(text).translate({ord(sign): None for sign in " .-_·"})


def digits(text: str, count: int) -> str | None:
    """Return a code of ``count`` ASCII digits; nothing for anything else."""
    figures = signs(text)
    return figures if len(figures) == count and figures.isascii() and figures.isdigit() else None


def number(text: str | None, *, most: int = 2**31 - 1) -> int | None:
    """Return a whole number from 0 to ``most``; nothing for anything else."""
    if not text or len(text) > LONGEST:
        return None
    figures = plain(text)
    if not _NUMBER.fullmatch(figures):
        return None
    value = int(figures.replace(" ", ""))
    return value if value <= most else None


def row_id(text: str | None) -> int:
    """Return the id of a row, or its number among its own; 0, which none has, for anything else."""
    return number(text) or 0


def fraction(text: str) -> float | None:
    """Return a decimal number that a script of ours wrote; nothing for anything else."""
    match = _FRACTION.fullmatch(text[:LONGEST])
    return float(match.group()) if match else None


def cents(text: str) -> int | None:
    """Return an amount of euros, « 38,50 € » or « 38.5 », in cents; nothing for anything else."""
    if len(text) > LONGEST:
        return None
    match = _AMOUNT.fullmatch(plain(text).lower())
    if not match:
        return None
    return int(match.group(1)) * 100 + int((match.group(2) or "0").ljust(2, "0"))


def minute(text: str | None) -> int | None:
    """Return the minute of the day of an hour as people write it: « 9H30 », « 0930 », « 9 ».

    Midnight at the end of a day (« 24 h ») is ``MIDNIGHT``. One figure of minutes is no hour:
    « 9:3 » may be a slip for two different ones.
    """
    if not text or len(text) > LONGEST:
        return None
    typed = _folded(text)
    if typed in _NAMED_HOURS:
        return _NAMED_HOURS[typed]
    match = _HOUR.fullmatch(typed) or _WRITTEN_TOGETHER.fullmatch(typed)
    if not match:
        return None
    hours, minutes = int(match.group(1)), int(match.group(2) or 0)
    half = match.group(3) if match.re is _HOUR else None
    if half:
        if not 1 <= hours <= 12:  # noqa: PLR2004  (a clock of twelve hours)
            return None
        hours = hours % 12 + (12 if half == "p" else 0)
    total = hours * 60 + minutes
    return total if minutes < 60 and total <= MIDNIGHT else None  # noqa: PLR2004  (of an hour)


def day(text: str | None, *, before: date | None = None) -> date | None:
    """Return a date in French order or as computers write it, its month in figures or words.

    Two figures of a year are of this century. ``before`` is for what is past, as birth dates are:
    « 51 » is then 1951, and two figures that may be either century are no year.
    """
    if not text or len(text) > LONGEST:
        return None
    parts = _parts(_WEEKDAY.sub("", _folded(text), count=1))
    if parts is None:
        return None
    year, month, number_ = parts
    if year < _CENTURY:
        if before and year <= before.year % _CENTURY:
            return None
        year += before.year // _CENTURY * _CENTURY - _CENTURY if before else 2000
    try:
        return date(year, month, number_)
    except ValueError:
        return None


def instant(text: str | None, *, zone: str = "") -> datetime | None:
    """Return the minute that a page of ours wrote into a form or an address, if it is one.

    It says its own offset; without, it is none, unless the clocks of a ``zone`` tell it. A « + »
    becomes a space in an address typed by hand.
    """
    try:
        moment = datetime.fromisoformat((text or "")[:LONGEST].replace(" ", "+"))
    except ValueError:
        return None
    if moment.tzinfo is None and zone:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    is_one = moment.tzinfo is not None and moment.year in _SAFE_YEARS
    return moment.replace(second=0, microsecond=0) if is_one else None


def web_address(text: str) -> str | None:
    """Return a whole https address without blanks; nothing for anything else."""
    typed = line(text)
    host, _slash, path = typed.removeprefix("https://").partition("/")
    is_whole = typed.startswith("https://") and " " not in typed and bool(host)
    return typed if is_whole and ("." in host.strip(".") or path) else None


def is_short_year(text: str) -> bool:
    """Say whether a date was typed with two figures of its year."""
    if len(text) > LONGEST:
        return False
    parts = _parts(_WEEKDAY.sub("", _folded(text), count=1))
    return parts is not None and parts[0] < _CENTURY


def _parts(typed: str) -> tuple[int, int, int] | None:
    """Return year, month and day; a year below 100 was typed with two figures."""
    if match := _YEAR_FIRST.fullmatch(typed):
        year, month, number_ = match[1], int(match[2]), match[3]
    elif match := _DAY_FIRST.fullmatch(typed) or _DATE_TOGETHER.fullmatch(typed):
        number_, month, year = match[1], int(match[2]), match[3]
    elif match := _DAY_AND_WORD.fullmatch(typed):
        number_, month, year = match[1], _month(match[2]), match[3]
    elif match := _WORD_AND_DAY.fullmatch(typed):
        number_, month, year = match[2], _month(match[1]), match[3]
    else:
        return None
    is_early = len(year) > 2 and int(year) < _CENTURY  # noqa: PLR2004  (two figures)
    return None if is_early else (int(year), month, int(number_))


def _month(word: str) -> int:
    """Return the month that ``word`` names or begins; 0, that is none, for « jui », or « xyz »."""
    if len(word) < _SHORTEST_MONTH:
        return 0
    months = {
        at
        for at, names in enumerate(_MONTHS, start=1)
        if any(name.startswith(word) for name in names)
    }
    return months.pop() if len(months) == 1 else 0


def _folded(text: str) -> str:
    """Return small letters without accents."""
    letters = unicodedata.normalize("NFD", plain(text).casefold())
    return "".join(sign for sign in letters if not unicodedata.combining(sign))


def _composed(text: str) -> str:
    """Put letters and their accents together; a heap of accents, which takes a square, is left."""
    run = 0
    for sign in text:
        run = run + 1 if unicodedata.combining(sign) else 0
        if run > _MOST_ACCENTS:
            return text
    return unicodedata.normalize("NFC", text)


def _single_spaces(text: str) -> str:
    """Put one space for any run of blanks; a line break is none, one line cannot have it."""
    bare = text.strip()
    spaced = (" " if sign == "\t" or (sign.isspace() and sign > "\x85") else sign for sign in bare)
    return " ".join(word for word in "".join(spaced).split(" ") if word)


def _is_unseen(sign: str) -> bool:
    return (
        sign in _BLANKS
        or unicodedata.category(sign) == "Cf"
        or "\ufe00" <= sign <= "\ufe0f"
        or "\u180b" <= sign <= "\u180f"
        or "\U000e0100" <= sign <= "\U000e01ef"
    )
