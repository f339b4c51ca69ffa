"""What is said once after an act: on the next page of that session, without a row written."""

from __future__ import annotations

import pytest
from flask_babel import force_locale, gettext

from core import flashes
from core.sentences import sentences

DONE = "It is cancelled: your password stays as it is."


@pytest.fixture
def speaking(app):
    with app.test_request_context(), force_locale("fr"):
        yield


def test_a_sentence_of_ours_travels_as_a_code(speaking):
    text = gettext(DONE)
    said, others = flashes.written([("ok", text)])
    assert others == []
    assert text not in said
    assert flashes.read(said) == [("ok", text)]
    with force_locale("en"):
        assert flashes.read(said) == [("ok", DONE)]


def test_what_somebody_typed_is_in_no_cookie(speaking):
    message = ("ok", "Le rendez-vous de Jeanne Roques est annulé.")
    assert flashes.written([message, ("warn", gettext(DONE))])[1] == [message]


@pytest.mark.parametrize("made_up", ["", "ok", "ok.000000000000", "<b>.3fa", "ok." * 1000, "\x00"])
def test_what_a_cookie_makes_up_says_nothing(speaking, made_up):
    assert flashes.read(made_up) == []


def test_every_sentence_has_its_own_code(speaking):
    assert len({flashes._code(name) for name in sentences.msgids()}) == len(sentences.msgids())


def prefer(browser) -> None:
    """Do something that is answered by a sentence of ours."""
    form = {"locale": "fr", "time_zone": "Europe/Paris"}
    assert browser.post("/compte/preferences", data=form).status_code == 302


def test_it_is_said_on_the_next_page_and_on_no_other(cast, sign_in, count_queries):
    bob = sign_in(cast.bob)
    prefer(bob)
    with count_queries() as count:
        shown = bob.get("/compte")
    assert "flashes" in shown.text
    assert not [one for one in count.statements if one.startswith(("UPDATE", "INSERT"))]
    assert "flashes" not in bob.get("/compte").text


def test_whoever_signs_in_next_in_the_same_browser_hears_nothing_of_it(app, cast, sign_in):
    bob, chloe = sign_in(cast.bob), sign_in(cast.chloe)
    prefer(bob)
    said = bob.get_cookie("said")
    assert said is not None
    chloe.set_cookie("said", said.value)
    assert "flashes" not in chloe.get("/compte").text
