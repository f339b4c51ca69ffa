"""Names and addresses out of what stands round them in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from urllib.parse import unquote

from core import reading

LONGEST_WORD = 1_000
"""Signs of what may still be an address."""
_ROUND_ADDRESS = " \t\"'<>()[]{},;:.!?«»“”‘’„…*|•·`"
_ROUND_NAME = " \t\"'<>()[]{},;:.!?«»“”„…*|•·`-–—_#=\\/"
_TITLES = frozenset(
    {"m", "mr", "mrs", "ms", "mme", "mmes", "mlle", "mm", "dr", "dre", "pr", "pre", "prof", "me"}
    | {"docteur", "docteure", "professeur", "professeure", "monsieur", "madame", "mademoiselle"}
)
_LEADING_PARTICLES = frozenset(
    {"le", "la", "les", "de", "du", "des", "d'", "d’", "van", "von", "saint", "sainte", "st", "ste"}
)
_PARTICLES = _LEADING_PARTICLES | frozenset(
    {"der", "den", "di", "da", "del", "della", "dos", "das", "el", "al", "ben", "bin"}
)


@dataclass(frozen=True)
class Name:
    """A person's name, as far as it could be read."""

    given: str = ""
    family: str = ""


def clean_address(word: str) -> str:
    """Return the address that people see in ``word``, with nothing round it.

    A link « mailto: » is its address, without the subject that it may carry.
    """
    if len(word) > LONGEST_WORD:
        return word
    word = reading.address(word).strip(_ROUND_ADDRESS)
    if word[:7].casefold() == "mailto:":
        word = word[7:]
    label, colon, rest = word.rpartition(":")
    word = rest if colon and "@" in rest and "@" not in label else word
    address, question, _subject = word.partition("?")
    return unquote(address) if question or "%40" in word else word


def shown_name(name: Name) -> str:
    """Write a name so that it is read the same again."""
    return ", ".join(part for part in (name.family, name.given) if part)


def name_of(parts: Sequence[str]) -> Name:
    """Read the pieces of a name: one as it is spoken, or the family name before the given one."""
    said = [words for part in parts if (words := _words(part))]
    if not said:
        return Name()
    if len(said) == 1 or _is_addressed(parts[0]):  # « Dr Ana Dupont, cardiologue »
        return split_name(" ".join(said[0]))
    first, second = " ".join(said[0]).strip(" ,"), " ".join(said[1]).strip(" ,")
    if _is_shouted(second) and not _is_shouted(first):
        return Name(first, second)
    return Name(second, first)


def split_name(text: str, *, family_first: bool = False) -> Name:
    """Tell the given name from the family name: « Ana Dupont », « DUPONT Ana », « Dupont, Ana »."""
    if "," in text:
        family, _comma, given = text.partition(",")
        return Name(" ".join(_words(given.partition(",")[0])), " ".join(_words(family)))
    words = _words(text)
    first, last = _family_within(words, family_first=family_first)
    return Name(" ".join(words[:first] + words[last:]), " ".join(words[first:last]))


def _family_within(words: list[str], *, family_first: bool) -> tuple[int, int]:
    """Return where the family name begins, and where it has ended."""
    if len(words) < 2:  # noqa: PLR2004
        return 0, 0
    shouted = [_is_shouted(word) for word in words]
    if any(shouted) and not all(shouted):
        return _in_capitals(words, shouted)
    if words[0].casefold() in _LEADING_PARTICLES:
        within = [word.casefold() in _PARTICLES for word in words]
        return 0, within.index(False) + 1 if False in within else len(words)
    if family_first:
        return 0, 1
    for number, word in enumerate(words[1:-1], start=1):
        if word.casefold() in _PARTICLES:
            return number, len(words)
    return 1, len(words)


def _in_capitals(words: list[str], shouted: list[bool]) -> tuple[int, int]:
    """« LE GOFF Yann », « Jean de LA TOUR »: what is in capitals is the family name."""
    first = shouted.index(True)
    while first and words[first - 1].casefold() in _PARTICLES:
        first -= 1
    return first, len(shouted) - shouted[::-1].index(True)


def _is_addressed(text: str) -> bool:
    first, *rest = text.split() or [""]
    return bool(rest) and first.strip(".").casefold() in _TITLES


def _is_shouted(text: str) -> bool:
    letters = [sign for sign in text if sign.isalpha()]
    return len(letters) > 1 and all(sign.isupper() for sign in letters)


def _words(text: str) -> list[str]:
    """Return the words of a name, without numbers, labels and forms of address."""
    words: list[str] = []
    for word in text.split():
        if word.endswith(":"):  # « Équipe de jour: », the label of a group
            words = []
            continue
        bare = word.strip(_ROUND_NAME.replace(",", "") if "," in word else _ROUND_NAME)
        is_initial = len(bare) == 1 and bare.isalpha() and word.endswith(".")
        if any(sign.isalpha() for sign in bare) and "@" not in bare:
            words.append(f"{bare}." if is_initial else bare)
    last = len(words) - 1
    titles = takewhile(lambda word: word.strip(".").casefold() in _TITLES, words[:last])
    return words[sum(1 for _title in titles) :]
