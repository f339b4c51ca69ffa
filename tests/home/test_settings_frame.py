"""The settings: an overview with states, a menu on each page, short ways to profile and bubbles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from werkzeug.test import TestResponse

from core.database import db
from core.transaction import transaction
from security.models import BackupCode
from tests import factories as make
from tests.architecture.test_routes import LINES, Stage, stage

__all__ = ["stage"]  # a fixture, shared with the walk of every route

AREAS = {
    "Mon profil": "/parametres/profil",
    "Mes agendas": "/parametres/agendas",
    "Mes documents": "/parametres/documents",
    "Sécurité": "/parametres/securite",
    "Mes bulles": "/bulles",
}
BUBBLES = "/bulles"
NARROW = {"only-desk", "subnav", "rail-me", "rail-cta", "rail-out"}
"""What phones hide, as static/css says."""
WIDE = {"only-phone", "avatar-link", "setsheet", "back--phone"}
"""What wide screens hide."""
VOID = {"input", "br", "img", "meta", "link", "hr", "use", "path", "circle", "source", "col"}


class Links(HTMLParser):
    """Collect the links that somebody sees, and where forms without a question lead."""

    def __init__(self, hidden: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.hidden, self.found = hidden, []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        classes = set((values.get("class") or "").split())
        is_hidden = bool(classes & self.hidden) or bool(self._open and self._open[-1][1])
        if tag == "a" and not is_hidden and (values.get("href") or "").startswith("/"):
            self.found.append(values["href"].partition("#")[0])
        if tag not in VOID:
            self._open.append((tag, is_hidden))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass


def links_of(answer, hidden: set[str]) -> list[str]:
    reader = Links(hidden)
    reader.feed(answer.get_data(as_text=True))
    return reader.found


def menu_of(html: str, name: str) -> list[tuple[str, bool]]:
    """Return the entries of one of the two menus: address, and whether it is marked."""
    part = html.partition(f'aria-label="{name}"')[2].partition("</nav>")[0]
    found = re.findall(r'<a href="([^"]+)"( aria-current="page")?', part)
    return [(address, bool(mark)) for address, mark in found]


# ── Overview and menu ─────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M10", "M11")
def test_the_overview_has_a_card_with_its_state_for_each_area(cast, sign_in, page):
    shown = page(sign_in(cast.bob).get("/parametres"))
    cards = re.findall(r'<a class="card setcard" href="([^"]+)">(.*?)</a>', shown.html, re.DOTALL)
    assert [address for address, _ in cards][:5] == list(AREAS.values()), "in the menu's order"
    for address, inside in cards[:5]:
        assert 'class="status' in inside, address
    for name in AREAS:
        assert name in shown.text


@pytest.mark.covers("M10")
def test_a_card_says_what_is_still_to_be_done_and_what_is(cast, sign_in, page):
    browser = sign_in(cast.bob)
    assert "Code par e-mail seulement" in page(browser.get("/parametres")).text
    with transaction():
        make._add(
            BackupCode(user_id=cast.bob.id, number=1, code_hash="h", created_at=cast.bob.created_at)
        )
    assert "Protégé" in page(browser.get("/parametres")).text
    assert db.session.query(BackupCode).count() == 1


@pytest.mark.covers("M11", "M12")
@pytest.mark.parametrize("area", AREAS)
def test_each_settings_page_has_the_menu_with_itself_marked(cast, sign_in, area):
    html = sign_in(cast.bob).get(AREAS[area]).get_data(as_text=True)
    for name in ("Paramètres", "Tous les paramètres"):  # beside the page; behind one press
        entries = menu_of(html, name)
        assert [address for address, _ in entries][1:6] == list(AREAS.values())
        assert [address for address, marked in entries if marked] == [AREAS[area]]


@pytest.mark.covers("M12")
def test_on_a_phone_the_menu_opens_without_script_and_says_where_one_is(cast, sign_in):
    html = sign_in(cast.bob).get("/parametres/agendas").get_data(as_text=True)
    sheet = html.partition('<details class="setsheet')[2].partition("</details>")[0]
    summary = re.sub(r"<[^>]+>", "", sheet.partition("</summary>")[0].partition("<summary>")[2])
    assert " ".join(summary.replace("\u00a0", " ").split()) == "Paramètres : Mes agendas"
    assert 'href="/parametres/profil"' in sheet


@pytest.mark.covers("M13", "M30")
@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("hidden", [NARROW, WIDE], ids=["phone", "wide"])
def test_each_area_is_reached_from_the_overview_and_from_the_menu(cast, sign_in, area, hidden):
    browser = sign_in(cast.bob)
    overview = browser.get("/parametres")
    cards = overview.get_data(as_text=True).partition('<ul class="grid setcards">')[2]
    assert f'href="{AREAS[area]}"' in cards.partition("</ul>")[0]
    for other in set(AREAS.values()) - {AREAS[area]}:
        assert AREAS[area] in links_of(browser.get(other), hidden), other
    assert browser.get(AREAS[area]).status_code == 200


def test_everything_in_the_menu_has_its_card(cast, sign_in):
    html = sign_in(cast.bob).get("/parametres").get_data(as_text=True)
    entries = {address for address, _ in menu_of(html, "Paramètres")} - {"/parametres"}
    cards = set(re.findall(r'<a class="card setcard" href="([^"]+)"', html))
    assert entries == cards


# ── Short ways ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M14")
@pytest.mark.parametrize("address", ["/aujourdhui", "/patients", "/messages", "/parametres"])
def test_the_name_and_the_avatar_lead_straight_to_the_profile(cast, sign_in, page, address):
    html = sign_in(cast.bob).get(address).get_data(as_text=True)
    for place in ("avatar-link", "rail-me"):
        [target] = re.findall(rf'<a class="{place}" href="([^"]+)"', html)
        assert target == AREAS["Mon profil"]
    rail = html.partition('class="rail-me"')[2].partition("</a>")[0]
    assert "Bob Garnier" in rail
    assert "Infirmier" in rail
    assert "Mon profil" in rail


def test_who_has_no_professional_profile_is_led_to_the_account(cast, sign_in):
    for user in (cast.jeanne, cast.alice):
        html = sign_in(user).get("/compte").get_data(as_text=True)
        assert re.findall(r'<a class="avatar-link" href="([^"]+)"', html) == ["/compte"]


@dataclass
class Visited:
    """The pages of a caregiver, each asked for once."""

    stage: Stage
    _answers: dict[str, TestResponse] = field(default_factory=dict)

    def get(self, address: str) -> TestResponse:
        if address not in self._answers:
            browser = self.stage.browsers["follower"]
            self._answers[address] = browser.get(address, follow_redirects=True)
        return self._answers[address]

    def pages(self) -> Iterator[str]:
        for key, line in LINES.items():
            if key.startswith("GET ") and "follower" in line.who.split():
                address = self.stage.address(key)
                answer = self.get(address)
                is_here = answer.status_code == 200 and not answer.history
                if is_here and b"<html" in answer.data[:200]:
                    yield address


PAPER = {"/premiers-pas/imprimer"}
"""A sheet to print has no menu: the way back is its only link."""


@pytest.mark.covers("M15")
def test_my_bubbles_are_two_presses_away_from_every_page(stage):
    visited = Visited(stage)
    seen = set(visited.pages())
    assert len(seen) > 40

    def is_near(address: str, hidden: set[str]) -> bool:
        links = links_of(visited.get(address), hidden)
        return BUBBLES in links or any(
            BUBBLES in links_of(visited.get(one), hidden) for one in dict.fromkeys(links)
        )

    for hidden in (NARROW, WIDE):  # a phone, a wide screen
        assert [one for one in sorted(seen - PAPER) if not is_near(one, hidden)] == []


def test_the_way_is_measured_on_what_is_seen(cast, sign_in):
    """The main menu hides its entry on phones: a reader that ignores it would prove nothing."""
    page = sign_in(cast.bob).get("/messages")
    assert BUBBLES in links_of(page, WIDE)
    assert BUBBLES not in links_of(page, NARROW)
    assert "/parametres" in links_of(page, NARROW), "« Plus »"
