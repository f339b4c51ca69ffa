"""Signing in, signing up and their mails are easy to read (Kandel and Moles, 60 or more)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.security.steps import ask_for_code, choose, give_password
from tests.security.test_sign_up_pages import ADDRESS, prove, register

EASY = 60


class Sentences(HTMLParser):
    """The words of the main part, each block as a sentence of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside = 0

    def handle_starttag(self, tag, attrs):
        if tag == "main":
            self.inside = 1
        if tag in {"p", "li", "h1", "h2", "h3", "label", "legend", "button", "summary"}:
            self.said.append("")

    def handle_endtag(self, tag):
        if tag == "main":
            self.inside = 0

    def handle_data(self, data):
        if self.inside and self.said:
            self.said[-1] += data


def sentences(html: str) -> str:
    reader = Sentences()
    reader.feed(html)
    said = [" ".join(one.split()).rstrip(" :") for one in reader.said]
    return " ".join(one if one.endswith((".", "?", "!")) else f"{one}." for one in said if one)


def ease(text: str) -> float:
    import textstat

    textstat.set_lang("fr")
    plain = re.sub(r"https?://\S+|\S+@\S+|\d[\d\s]*", " ", text).replace("\u00a0", " ")
    return textstat.flesch_reading_ease(plain)


def test_the_measure_tells_plain_words_from_jargon():
    plain = "Copiez le code. Il arrive par e-mail. Il sert une fois."
    jargon = (
        "L’authentification multifactorielle conditionne l’accessibilité des informations "
        "administratives individuelles, conformément aux préconisations réglementaires."
    )
    assert ease(plain) > EASY > ease(jargon)


@pytest.fixture
def pages(app, cast, outbox):
    """Every page that a newcomer and somebody who comes back read, refusals included."""
    new, back = app.test_client(), app.test_client()
    found = {"connexion": back.get("/connexion"), "nom": new.get("/inscription")}
    found["refus"] = give_password(back, cast.jeanne, "Pas-le-bon-1234")
    give_password(back, cast.jeanne)
    found["méthode"] = back.get("/connexion/methode")
    choose(back, "email")
    found["code"] = back.get("/connexion/code")
    register(new, terms="")
    found["adresse"] = new.get("/inscription/adresse")
    found["mot de passe"] = new.get("/inscription/mot-de-passe")
    found["conditions"] = new.get("/inscription/conditions")
    new.post("/inscription/conditions", data={"terms": "y"})
    found["preuve"] = new.get("/inscription/code")
    prove(new, outbox.one(to=ADDRESS).code)
    found["données"] = new.get("/inscription/vos-donnees")
    found["deux étapes"] = new.get("/compte/double-authentification")
    return found


def test_the_pages_are_easy_to_read(pages):
    scores = {name: round(ease(sentences(answer.text))) for name, answer in pages.items()}
    assert {name: score for name, score in scores.items() if score < EASY} == {}


def test_the_mails_are_easy_to_read(app, cast, outbox):
    register(app.test_client())
    register(app.test_client(), email="bob@example.org")
    ask_for_code(app.test_client(), cast.jeanne)
    mails = [outbox.one(to=who) for who in (ADDRESS, cast.bob, cast.jeanne)]
    scores = {mail.subject: round(ease(mail.text.replace("\n\n", ". "))) for mail in mails}
    assert {name: score for name, score in scores.items() if score < EASY} == {}
