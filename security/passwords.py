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
UNPEPPERED = "none"
_peppers: dict[str, bytes] = {UNPEPPERED: b""}
"""What passwords are mixed with, by the name that a hash bears; the first one serves new hashes."""
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


def configure(*, pepper: str, policy: str, former: Iterable[str] = ()) -> None:
    """Set the host's peppers and policy: process-wide, as hashing knows no application."""
    global _policy  # noqa: PLW0603  (process-wide: hashing knows no application)
    _policy = policy
    _peppers.clear()
    _peppers.update({_name_of(secret): secret.encode() for secret in (pepper, *former, "")})


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
    password = prepare(password)
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


def prepare(password: str) -> str:
    """Write a password as it is hashed: the OpaqueString profile of RFC 8265.

    Keyboards type « é » in two ways, and a space in several: Alt+Space on a Mac, the narrow one of
    French telephones, the wide one of Japanese ones.
    """
    spaced = (" " if unicodedata.category(sign) == "Zs" else sign for sign in password)
    return unicodedata.normalize("NFC", "".join(spaced))


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
    pepper = next(iter(_peppers))
    return pepper + _hasher.hash(_mixed(prepare(password), _peppers[pepper]))


def verify_password(stored: str, password: str) -> bool:
    """Say whether this is the password; as slow as hashing, right or wrong.

    Accounts made before spaces were put in one form open with the form of then. It is tried only
    when it differs, which depends on what was typed and not on the account.
    """
    return any(_opens(stored, form) for form in _forms(password))


def renewed_hash(stored: str, password: str) -> str | None:
    """Return what should replace ``stored``, which this password opened; nothing when it is fine.

    Slow: asked only where ``may_be_dated`` says so.
    """
    prepared, *others = _forms(password)
    if not _is_made_otherwise(stored) and (not others or _opens(stored, prepared)):
        return None
    return hash_password(password)


def may_be_dated(stored: str, password: str) -> bool:
    """Say, without hashing, whether its costs, its pepper or its form of spaces may be old."""
    return _is_made_otherwise(stored) or len(_forms(password)) > 1


def _is_made_otherwise(stored: str) -> bool:
    named, plain = stored.partition("$")[0], _split(stored)[1]
    return named != next(iter(_peppers)) or _hasher.check_needs_rehash(plain)


@functools.cache
def decoy_hash() -> str:
    """Return a hash that nothing opens: an unknown address must take as long as a known one."""
    return hash_password(tokens.new_token())


def hash_secret(secret: str) -> str:
    """Hash a short secret of ours (a backup code) with the same care."""
    return hash_password(secret)


def _forms(password: str) -> list[str]:
    """Return what may have been hashed: the prepared form, and the older one if it differs."""
    return list(dict.fromkeys([prepare(password), unicodedata.normalize("NFC", password)]))


def _opens(stored: str, form: str) -> bool:
    pepper, plain = _split(stored)
    try:
        # A pepper that is gone opens nothing, and takes as long to say so.
        return _hasher.verify(plain, _mixed(form, _peppers.get(pepper, b"\0")))
    except (VerificationError, InvalidHashError):
        return False


def _split(stored: str) -> tuple[str, str]:
    """Return the name of the pepper and the hash; without a name it was today's pepper."""
    pepper, sign, rest = stored.partition("$")
    return pepper or next(iter(_peppers)), sign + rest


def _mixed(form: str, pepper: bytes) -> bytes:
    raw = form.encode("utf-8", "surrogatepass")
    return hmac.new(pepper, raw, hashlib.sha256).hexdigest().encode() if pepper else raw


def _name_of(pepper: str) -> str:
    """Name a pepper in what it closes, so that hashes of several can stand side by side."""
    if not pepper:
        return UNPEPPERED
    return hashlib.sha256(b"alveole pepper" + pepper.encode()).hexdigest()[:8]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


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
