"""Passwords: which are good enough, and how they are kept (Argon2id, over a pepper when set)."""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from core import tokens

LONGEST = 256
"""Beyond this nothing is looked at: a megabyte of password is an attack on the processor."""
COMPOSED_LENGTH = 12
LENGTH_ONLY = 15
SHORTEST_CONTEXT_WORD = 4
# OWASP's second profile: 19 MiB, two passes, one lane; about 20 ms on a small server.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_pepper = b""
_policy = "composed"


class PasswordRule(StrEnum):
    """One thing that a password must satisfy."""

    LENGTH = "length"
    UPPER = "upper"
    LOWER = "lower"
    COMMON = "common"
    DIGIT = "digit"
    PERSONAL = "personal"
    LONGEST = "longest"


def configure(*, pepper: str, policy: str) -> None:
    """Set the host's pepper and policy: process-wide, as hashing knows no application."""
    global _pepper, _policy
    _pepper, _policy = pepper.encode(), policy


def shortest() -> int:
    """Return how many characters are asked for."""
    return LENGTH_ONLY if _policy == "length" else COMPOSED_LENGTH


def listed_rules() -> list[PasswordRule]:
    """Return the rules that the page lists, in its order."""
    if _policy == "length":
        return [PasswordRule.LENGTH, PasswordRule.COMMON]
    return [
        PasswordRule.LENGTH,
        PasswordRule.UPPER,
        PasswordRule.LOWER,
        PasswordRule.COMMON,
        PasswordRule.DIGIT,
    ]


def broken_rules(password: str, context: Iterable[str] = ()) -> list[PasswordRule]:
    """Return what is wrong; ``context`` holds what others could guess: product, address, name."""
    if len(password) > LONGEST:  # before anything: putting accents in order takes time squared
        return [PasswordRule.LONGEST]
    password = normalise(password)
    checks = {
        PasswordRule.LENGTH: len(password) >= shortest(),
        PasswordRule.UPPER: any(character.isupper() for character in password),
        PasswordRule.LOWER: any(character.islower() for character in password),
        PasswordRule.COMMON: not is_common(password),
        PasswordRule.DIGIT: any(character.isdecimal() for character in password),
    }
    broken = [rule for rule in listed_rules() if not checks[rule]]
    if _contains_any(password, context):
        broken.append(PasswordRule.PERSONAL)
    return broken


def normalise(password: str) -> str:
    """Write accents in one way: phones and computers type « é » differently."""
    return unicodedata.normalize("NFC", password)


def is_common(password: str) -> bool:
    """Say whether it is a well-known password, or one with only decoration round it."""
    plain = _plain(password)
    letters = re.sub(r"^[^a-z]+|[^a-z]+$", "", plain)
    unleet = letters.translate(str.maketrans("013457@$!", "oieastasi"))
    known = _common_passwords()
    if {plain, letters, unleet, re.sub(r"[^a-z]", "", unleet)} & known:
        return True
    return len(set(plain)) < 5 or _is_run(plain)  # noqa: PLR2004  (« aaaaaAAAAA11 »)


def hash_password(password: str) -> str:
    """Hash; slow on purpose: hand it to ``core.native_pool.run``."""
    return _hasher.hash(_peppered(password))


def verify_password(stored: str, password: str) -> bool:
    """Say whether this is the password; as slow as hashing, right or wrong."""
    try:
        return _hasher.verify(stored, _peppered(password))
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def decoy_hash() -> str:
    """Return a hash that nothing opens: an unknown address must take as long as a known one."""
    return hash_password(tokens.new_token())


def hash_secret(secret: str) -> str:
    """Hash a short secret of ours (a backup code) with the same care."""
    return _hasher.hash(_peppered(secret))


def find_match(hashes: list[str], secret: str) -> int | None:
    """Return the place of the hash that this secret opens; looks at all of them, right or wrong."""
    found = None
    for place, stored in enumerate(hashes):
        if verify_password(stored, secret):
            found = place
    return found


def _peppered(password: str) -> bytes:
    raw = normalise(password).encode("utf-8", "surrogatepass")
    return hmac.new(_pepper, raw, hashlib.sha256).hexdigest().encode() if _pepper else raw


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(one for one in decomposed if not unicodedata.combining(one))


def _contains_any(password: str, context: Iterable[str]) -> bool:
    plain = _plain(password)
    words = {word for text in context for word in re.split(r"[\W_]+", _plain(text[:LONGEST]))}
    return any(len(word) >= SHORTEST_CONTEXT_WORD and word in plain for word in words)


def _is_run(plain: str) -> bool:
    """« abcdefghij12 », « azertyuiop12 »: keys or letters in their order, wherever it starts."""
    rows = (
        "abcdefghijklmnopqrstuvwxyz",
        "azertyuiopqsdfghjklmwxcvbn",
        "qwertyuiopasdfghjklzxcvbnm",
        "01234567890123456789",
    )
    both = [*rows, *(row[::-1] for row in rows)]
    rest = plain
    for row in both:
        for size in range(len(row), 4, -1):
            for start in range(len(row) - size + 1):
                rest = rest.replace(row[start : start + size], "")
    return len(rest) <= len(plain) // 4


@functools.cache
def _common_passwords() -> frozenset[str]:
    """Join the international list (30,000 from leaks) and ours, of what French speakers type."""
    text = resources.files("security").joinpath("common_passwords.txt").read_text("utf-8")
    ours = (line for line in text.split("\n") if line and not line.startswith("#"))
    return frozenset(FREQUENCY_LISTS["passwords"]) | frozenset(ours)
