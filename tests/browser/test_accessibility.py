"""Every page of the product, in every state, in both themes, wide and narrow, before a judge."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet
from flask import Flask

from app import create_app
from tests.browser.crawl import NOT_PAGES, kind_of, pages_of, walk
from tests.browser.inspection import WIDTHS, Inspector, Ruler, english_in
from tests.browser.judgement import Judgement
from tests.browser.navigator import People
from tests.browser.tours import TOURS, Side
from tests.conftest import make_config


@pytest.fixture(scope="module")
def product(tmp_path_factory) -> Flask:
    """The addresses of the product."""
    return create_app(make_config(tmp_path_factory.mktemp("addresses")))


@pytest.fixture(scope="module")
def judgement(browser, site, product, shared_folder) -> Judgement:
    """What the tours find, for all processes of one run."""
    return Judgement(browser, site, product, shared_folder)


def on_the_side_of(*names: str) -> list[ParameterSet]:
    """Keep what shares a server together: one side in one process, the other in another."""
    return [pytest.param(name, marks=pytest.mark.xdist_group(TOURS[name].side)) for name in names]


@pytest.mark.parametrize("tour", on_the_side_of(*TOURS))
def test_no_page_fails_anybody(judgement: Judgement, tour: str) -> None:
    found = judgement.of(tour)
    assert not found.findings, "\n\n".join(found.findings)


@pytest.mark.parametrize("name", on_the_side_of("administrator", "caregiver", "patient"))
def test_without_javascript_no_page_is_wider_than_a_small_phone(people, product, name) -> None:
    trip = TOURS[name]
    assert trip.person is not None
    who = people.meet(trip.person, scripts=False, width=min(WIDTHS))
    who.sign_in()
    ruler = Ruler(who.page)
    walk(product, who, ruler, *trip.starts, at_most=1)
    assert not ruler.findings, "\n\n".join(ruler.findings)


WALKED_ELSEWHERE = {
    "security.both_addresses",
    "security.email_proved",
    "security.invited_name",
    "security.new_email",
    "security.not_me",
    "security.passkey",
    "security.password_code",
    "security.pending_reset",
    "security.phone_code",
    "security.protect",
    "security.reset",
    "security.reset_proof",
    "security.sign_up_address",
    "security.step_up",
}
"""Pages behind a mailed secret, a code, a key or a fresh proof: other tests walk them."""


@pytest.mark.xdist_group(Side.TEAM)  # the longer one: it waits for nobody
def test_every_page_of_the_product_was_looked_at(judgement: Judgement, product: Flask) -> None:
    seen = {kind_of(product, path) for tour in TOURS for path in judgement.of(tour).paths}
    assert pages_of(product) - seen - WALKED_ELSEWHERE == set()
    assert NOT_PAGES.keys() - {rule.endpoint for rule in product.url_map.iter_rules()} == set()


@pytest.mark.parametrize(
    "text",
    [
        "Cancel this appointment",
        "Bonjour\nYour sign-in took too long. Please start again.\n",
        "the page you want",
    ],
)
def test_an_english_sentence_is_noticed(text: str) -> None:
    assert list(english_in(text))


def test_french_is_not_taken_for_english() -> None:
    assert not list(english_in("Annuler ce rendez-vous ?\nVotre code est arrivé\nthé"))


def test_a_bad_page_is_noticed(people: People) -> None:
    page = people.meet("nobody@example.org").page
    page.set_content(
        "<title>x</title><h1>a</h1><h1>b</h1><p style='width: 900px; color: #888'>gris</p>"
        "<input><button>x</button><img src='data:,'>"
    )
    inspector = Inspector(page)
    inspector.look("here")
    found = "\n".join(inspector.findings)
    for fault in ("title", "2 main headings", "language", "target:", "wider than", "320 px: label",
                  "dark, 1280 px: color-contrast", "image-alt", "html-has-lang"):  # fmt: skip
        assert fault in found, found
