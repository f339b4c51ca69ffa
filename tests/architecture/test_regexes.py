"""No regular expression of the product walks in circles over what a stranger wrote."""

from __future__ import annotations

import itertools
import re

import pytest

from bubbles.forms.pasted_cards import _PROPERTY
from tests.architecture.regex_rules import all_patterns, import_everything, pumps
from tests.core.growth import measure

SIZES = (18, 3000)
"""A few signs first: what doubles with each sign would never come back from many."""
BOUNDED = {
    r"^[^a-z]+|[^a-z]+$": "passwords: 256 signs at most are looked at",
    r"([a-z]+)\.? ?([0-9]{1,2})(?:st|nd|rd|th)?,? ?([0-9]{4})": "a whole line, from its first sign",
    r"\s*\[\s*([^\]]+?)\s*\]": "lines of the host's own file",
    _PROPERTY.pattern: "from the first sign of lines of 4,000 signs at most",
}
"""Those that are slow over long texts, and why none ever meets one."""


def faults_of(pattern: re.Pattern) -> list[str]:
    """Return the texts over which the pattern's time grows faster than they do."""
    empty = b"" if isinstance(pattern.pattern, bytes) else ""
    ends = (b"", b"\0", b"a") if isinstance(pattern.pattern, bytes) else ("", "\0", "a")

    def walk(text):
        return lambda size: sum(
            1 for end in ends for _ in pattern.finditer(text * (size // max(1, len(text))) + end)
        )

    for text, size in itertools.product(pumps(pattern), SIZES):
        fault = measure(walk(text or empty), size, 1.0).fault(1.0)
        if fault:
            return [f"{text!r}: {fault}"]
    return []


def test_what_is_declared_still_stands_in_the_code():
    import_everything()
    patterns = {pattern.pattern for pattern in all_patterns()}
    assert [text for text in BOUNDED if text not in patterns] == []


@pytest.mark.alone  # it measures time
def test_every_pattern_takes_as_long_as_the_text_is():
    import_everything()
    patterns = all_patterns()
    assert len(patterns) > 40
    slow = {
        (place, pattern.pattern): found
        for pattern, place in patterns.items()
        if pattern.pattern not in BOUNDED and (found := faults_of(pattern))
    }
    assert slow == {}


@pytest.mark.parametrize(
    "planted", [r"(a+)+b", r"\s+$", r"[^a-z]+$", r"=.*;", r"<[^>]*>", rb"(?:x*y?)*z"]
)
def test_control_a_pattern_that_walks_in_circles_is_caught(planted):
    assert faults_of(re.compile(planted))


@pytest.mark.parametrize("planted", [r"[a-z]+", r"\d{1,4}(?:[.,]\d{1,2})?", r"(?<!x)stream"])
def test_control_a_plain_pattern_passes(planted):
    assert faults_of(re.compile(planted)) == []
