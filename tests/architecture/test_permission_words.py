"""The table of rights is written for people: a plain sentence for what, another for who."""

from __future__ import annotations

from enum import StrEnum

import pytest

from core.authorization import RULES, all_of, any_of, anyone, is_system
from core.permissions import render, sentences, subject, what, who, wordless

UNREADABLE = ("<", "`", "_", "(", "()", "Named", "actor", "Return", "row", "token")


class Sample(StrEnum):
    """Tea: who may drink it."""

    POUR = "tea:pour"
    """Pour the tea."""
    SPILL = "tea:spill"


def drinks(_actor, _subject):
    """Who drinks it.

    More than one can read in a table.
    """
    return True


def silent(_actor, _subject):
    return True


def test_a_permission_is_read_from_the_sentence_under_its_name():
    assert what(Sample.POUR) == "Pour the tea"
    assert what(Sample.SPILL) == ""
    assert subject(Sample) == "Tea"
    assert sentences(Sample) == {"POUR": "Pour the tea."}


def test_a_rule_is_read_from_the_first_sentence_of_its_docstring():
    assert who(drinks) == "Who drinks it"
    assert who(any_of(drinks, is_system)) == (
        "Who drinks it; or the application itself: commands and the worker"
    )
    assert who(all_of(drinks, anyone)) == "Who drinks it; and everybody, signed in or not"


def test_a_rule_that_says_nothing_is_found_even_inside_another():
    assert wordless([any_of(drinks, all_of(anyone, silent))]) == [f"{__name__}.silent"]


@pytest.fixture
def rules(app):
    return dict(RULES)


def test_every_permission_says_what_it_allows(rules):
    missing = [f"{type(one).__module__}: {one.name}" for one in rules if not what(one)]
    assert missing == [], 'write a sentence under its name, as """Cancel an appointment."""'


def test_every_rule_says_whom_it_lets_through(rules):
    missing = wordless(rules.values())
    assert missing == [], 'begin its docstring with who it is, as """The administrators."""'


def test_the_words_are_those_of_people(rules):
    """No name of the code, no verb that only a program does."""
    said = {str(one): f"{what(one)} {who(rule)}" for one, rule in rules.items()}
    assert {one: words for one, words in said.items() if any(w in words for w in UNREADABLE)} == {}
    assert {one: words for one, words in said.items() if not words[0].isupper()} == {}


def test_every_subject_has_a_heading_of_its_own(rules):
    headings = [line for line in render().splitlines() if line.startswith("## ")]
    assert len(headings) == len(set(headings)) == len({type(one) for one in rules})
    assert all(len(line) < 50 for line in headings)


def test_the_table_is_the_same_each_time(rules):
    assert render() == render()
    for permission in rules:
        assert f"`{permission}`" in render()
