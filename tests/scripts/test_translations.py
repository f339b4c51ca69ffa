"""The check of the catalogues sees what a French reader would."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Message

from scripts.translations import _faults_of


def _faults(string, *, language="fr", message_id="Go on", flags=()):
    return list(_faults_of(Message(message_id, string, flags=flags), language))


@pytest.mark.parametrize(
    "string",
    [
        "Aujourd'hui",
        "Vous partez ?",
        "Vous partez?",
        "« Bulle\N{NO-BREAK SPACE}»",
        "«\N{NO-BREAK SPACE}Bulle »",
        "Un instant...",
        "",
    ],
)
def test_a_fault_of_french_typography_is_seen(string):
    assert _faults(string)


@pytest.mark.parametrize(
    "string",
    [
        "Aujourd’hui, vous partez\N{NO-BREAK SPACE}?",
        "«\N{NO-BREAK SPACE}Bulle\N{NO-BREAK SPACE}»\N{NO-BREAK SPACE}: rendez-vous…",
        "À 10\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30 — https://alveole.test/a?b=1",
    ],
)
def test_good_french_is_left_in_peace(string):
    assert _faults(string) == []


def test_a_placeholder_that_got_lost_is_seen():
    wrong = Message("Hello %(name)s", "Bonjour %(nom)s", flags={"python-format"})
    assert list(_faults_of(wrong, "fr"))


def test_a_guess_is_never_shipped():
    assert _faults("Continuer", flags={"fuzzy"})
    assert _faults("", language="en") == []


def test_two_versions_joined_are_seen():
    assert _faults("Rien n’a été envoyé.Rien n’a été envoyé.")
    assert _faults("Nothing was sent.Nothing was sent.", language="en")
    assert _faults("Coucou.") == []
