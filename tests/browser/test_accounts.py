"""Getting in by keyboard, without JavaScript, on the narrowest phone; staying; coming back."""

from __future__ import annotations

import contextlib
import re
import sqlite3

import pytest
from playwright.sync_api import Page, Route, expect

from demo.vocabulary import NADEGE, SOFIA
from tests.browser.navigator import SENT_CODE, Navigator, People
from tests.browser.product import CEILING_SECONDS, Site

NARROW = 320
MOST_STOPS = 60


def go_to(page: Page, words: str | re.Pattern[str], role: str = "textbox") -> None:
    """Press the tabulator until the field, the box or the button that says so is reached."""
    wanted = page.locator("main").get_by_role(role, name=words, exact=True).first
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"« {words} » is not reached by keyboard on {page.url}")


def write(page: Page, words: str, text: str) -> None:
    go_to(page, words)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def fits(page: Page) -> None:
    """Nothing sticks out of the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def send(page: Page, words: str) -> None:
    go_to(page, words, "button")
    enter(page)


def enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.fixture(params=["light", "dark"])
def rose(request, people: People) -> Navigator:
    email = f"rose-{request.param}@example.org"
    return people.meet(email, scripts=False, width=NARROW, color_scheme=request.param)


def test_signing_up_by_keyboard_without_javascript_on_a_narrow_phone(rose: Navigator) -> None:
    page = rose.page
    rose.open("/")
    rose.open("/connexion")
    fits(page)
    go_to(page, "Créer mon compte", "link")
    enter(page)
    rose.sees_title("Créez votre compte")
    fits(page)
    send(page, "Continuer")
    rose.sees("Écrivez votre nom")
    fits(page)
    write(page, "Prénom", "Rose")
    write(page, "Nom", "Ferrand")
    send(page, "Continuer")
    fits(page)
    write(page, "Adresse e-mail", rose.email)
    go_to(page, re.compile("Se souvenir de mon identifiant"), "checkbox")
    page.keyboard.press("Space")
    send(page, "Continuer")
    fits(page)
    page.locator("main input[type=password]").focus()
    page.keyboard.type(rose.password)
    enter(page)
    rose.sees_title("Lisez et acceptez les conditions")
    fits(page)
    go_to(page, "J’accepte les conditions d’utilisation", "checkbox")
    page.keyboard.press("Space")
    send(page, "S’inscrire")
    fits(page)
    write(page, "Code à 6 chiffres", rose.mailbox.next(rose.email, "code").code)
    enter(page)
    rose.sees_title("Vos données personnelles")
    fits(page)
    send(page, "J’ai lu, je continue")
    fits(page)
    go_to(page, "Plus tard", "link")
    enter(page)
    rose.open("/compte")
    rose.sees("Presque tout est en ordre")
    fits(page)
    signs_in_by_keyboard(rose)
    for path in ("/compte", "/compte/connexions", "/compte/preferences", "/compte/suppression"):
        rose.open(path)
        fits(page)


def signs_in_by_keyboard(rose: Navigator) -> None:
    page = rose.page
    page.context.clear_cookies(name="session")
    rose.open("/connexion")
    expect(page.locator("main").get_by_label("Adresse e-mail", exact=False).first).to_have_value(
        rose.email
    )
    page.locator("main input[type=password]").focus()
    page.keyboard.type(rose.password)
    enter(page)
    rose.sees_title("Entrez le code reçu par e-mail")
    fits(page)
    write(page, "Code à 6 chiffres", rose.mailbox.next(rose.email, SENT_CODE).code)
    enter(page)
    expect(page.get_by_role("navigation", name="Navigation principale")).to_be_visible()


def test_the_page_warns_two_minutes_before_and_one_may_stay(people: People) -> None:
    nadege = people.meet(NADEGE)
    nadege.sign_in()
    page = nadege.page
    page.clock.install()
    left = {"value": 120, "asked": 0}

    def answer(route: Route) -> None:
        left["asked"] += 1
        route.fulfill(json={"ok": True, "left": left["value"]})

    page.route("**/session/reste", answer)
    nadege.open("/compte")
    warning = page.get_by_role("alertdialog")
    page.clock.fast_forward("27:30")
    expect(warning).to_have_count(0)
    page.clock.fast_forward("00:40")
    expect(warning).to_be_visible()
    expect(warning).to_contain_text("Pour votre sécurité, vous serez bientôt déconnecté.")
    expect(warning.get_by_role("button", name="Rester connecté")).to_be_focused()
    assert left["asked"]
    with page.expect_response("**/session/prolongation") as stayed:
        page.keyboard.press("Enter")
    assert stayed.value.ok
    expect(warning).to_have_count(0)
    left["value"] = 0
    page.clock.fast_forward("28:10")
    expect(warning).to_contain_text("Votre session a pris fin.")


def test_what_another_tab_prolonged_needs_no_warning(people: People) -> None:
    nadege = people.meet(NADEGE)
    nadege.sign_in()
    page = nadege.page
    page.clock.install()
    nadege.open("/compte")
    with page.expect_response("**/session/reste"):
        page.clock.fast_forward("28:10")
    expect(page.get_by_role("alertdialog")).to_have_count(0)


def let_sessions_rest_too_long(site: Site) -> None:
    with contextlib.closing(
        sqlite3.connect(site.folder / "data" / "alveole.db", timeout=CEILING_SECONDS)
    ) as db:
        db.execute("UPDATE sessions SET last_seen_at = '2000-01-01 00:00:00.000000'")
        db.commit()


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_written_too_late_comes_back_to_the_page(people: People, scripts: bool) -> None:
    sofia = people.meet(SOFIA, scripts=scripts)
    sofia.sign_in()
    sofia.open("/bulles/nouvelle")
    sofia.page.get_by_label("À quoi elle sert").fill("Soins du soir,\net du week-end")
    sofia.fill("Nom de la bulle", "Les Tilleuls")
    let_sessions_rest_too_long(people.site)
    sofia.press("Créer la bulle")
    sofia.sees_title("Vous n’êtes plus connecté")
    sofia.follow("Se connecter", within=sofia.page.locator("main"))
    sofia.give_password()
    sofia.choose_way()
    sofia.puts_protection_off()
    sofia.sees("Voici ce que vous aviez écrit")
    expect(sofia.page.get_by_label("À quoi elle sert")).to_have_value(
        "Soins du soir,\net du week-end"
    )
    expect(sofia.page.get_by_label("Nom de la bulle", exact=True)).to_have_value("Les Tilleuls")
