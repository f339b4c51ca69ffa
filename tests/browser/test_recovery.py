"""A forgotten password and a second question, in a real browser, on the narrowest phone."""

from __future__ import annotations

import contextlib
import re
import sqlite3

import pytest
from playwright.sync_api import Page

from demo.vocabulary import LUCIE, SOFIA
from tests.browser.navigator import Navigator, People
from tests.browser.product import Site

NARROW = 320
NEW = "Radio-Marche-tilleul-9"


def fits(page: Page) -> None:
    """Nothing sticks out of the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def make_proofs_old(site: Site) -> None:
    """As if everybody had proved themselves yesterday."""
    with contextlib.closing(sqlite3.connect(site.folder / "data" / "alveole.db")) as base:
        base.execute("UPDATE sessions SET proved_at = '2020-01-01 00:00:00'")
        base.commit()


@pytest.fixture(params=["light", "dark"])
def narrow(request, people: People) -> Navigator:
    return people.meet(LUCIE, scripts=False, width=NARROW, color_scheme=request.param)


def test_a_forgotten_password_waits_for_a_day_and_may_be_stopped(narrow: Navigator) -> None:
    page = narrow.page
    narrow.open("/connexion")
    with page.expect_navigation():
        narrow.follow("Mot de passe oublié ?")
    fits(page)
    narrow.press("M’envoyer le lien")
    narrow.sees("Écrivez votre adresse e-mail.")
    narrow.fill("Adresse e-mail", narrow.email)
    narrow.press("M’envoyer le lien")
    narrow.sees_title("Regardez votre boîte aux lettres")
    fits(page)
    narrow.open(narrow.mailbox.next(narrow.email, "nouveau mot de passe").link("/nouveau/"))
    narrow.sees_title("Prouvez que c’est vous")
    fits(page)
    narrow.press("Attendre 24 heures")
    narrow.sees_title("Un jour d’attente, pour votre sécurité")
    fits(page)
    warning = narrow.mailbox.next(narrow.email, "Quelqu’un a demandé")
    narrow.open(warning.link("/ce-n-est-pas-moi/"))
    narrow.sees_title("Ce n’était pas vous ?")
    fits(page)
    narrow.follow("Finalement, c’était moi")
    narrow.open("/connexion/acces-perdu")
    narrow.sees_title("Vous n’avez plus accès ?")
    fits(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_sent_too_late_comes_back_by_itself_after_the_password(
    people: People, site: Site, scripts: bool
) -> None:
    sofia = people.meet(SOFIA, scripts=scripts, width=NARROW)
    sofia.sign_in()
    sofia.open("/bulles")
    sofia.page.locator("main a.row").first.click()
    sofia.follow(re.compile("Accompagnants"), within=sofia.page.locator("main"))
    sofia.follow(re.compile("Rôle et accès.*Nadège"))
    with sofia.page.expect_navigation():
        sofia.follow(re.compile("Aider à retrouver l’accès"))
    fits(sofia.page)
    sofia.tick("Je reconnais sa voix au téléphone")
    sofia.tick("J’ai vérifié son identité moi-même")
    make_proofs_old(site)
    with sofia.page.expect_response(lambda answer: answer.status == 403):
        sofia.press("Créer le code")
    sofia.sees_title("Est-ce toujours vous ?")
    sofia.complaints.clear()  # the browser reports the 403 as it should
    fits(sofia.page)
    sofia.fill("Votre mot de passe actuel", sofia.password)
    sofia.press("Confirmer")
    sofia.sees_title(re.compile("Lisez ce code à"))
    fits(sofia.page)
