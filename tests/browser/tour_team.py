"""Everything about a team that no link leads to: refusals, pages shown once, invited people."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from demo.vocabulary import NADEGE
from tests.browser.inspection import Inspector
from tests.browser.navigator import Navigator, People
from tests.browser.tour import Tour

PARTS = ("accompagnants", "patients", "consultations", "invitations", "documents")


def administrator(people: People, who: Navigator, inspector: Inspector, folder: Path) -> None:
    """An empty bubble, every form of a bubble refused, and whoever is invited to it."""
    tour = Tour(who, inspector)
    mine = _found(who, tour)
    _refusals(who, tour, mine, folder)
    _mailed(people, who, tour, mine)
    _on_paper(people, who, tour, mine)
    _several(who, tour, mine)
    tour.shows(f"{mine}/fermeture", "closing a bubble")


def _found(who: Navigator, tour: Tour) -> str:
    tour.refuses("/bulles/nouvelle", "Créer la bulle", "a bubble without a name")
    who.fill("Nom de la bulle", "Les Érables")
    who.page.get_by_label("Je suis aussi accompagnant").check()
    who.press("Créer la bulle")
    who.sees_title("Les Érables")
    mine = re.sub(r"^(.*/bulles/\d+).*", r"\1", who.page.url)
    for part in PARTS:
        tour.shows(f"{mine}/{part}", "a new bubble")
    for path in (
        "/patients",
        "/parametres/agendas",
        "/aujourdhui",
        "/agenda",
        "/agenda/jour/2031-05-05",
        "/agenda/nouveau",
    ):
        tour.shows(path, "a caregiver without patients")
    who.open(f"{mine}/accompagnants")
    tour.follows("Mon rôle", "the last administrator")
    tour.shows(f"{mine}/membres/1/fin-soins", "stopping to be a caregiver")
    tour.shows(f"{mine}/membres/1/retrait", "leaving")
    who.press("Quitter la bulle")
    who.sees("Une bulle garde toujours un administrateur")
    tour.look("leaving as the last administrator")
    return mine


def _refusals(who: Navigator, tour: Tour, mine: str, folder: Path) -> None:
    tour.refuses(f"{mine}/consultations/nouvelle", "Enregistrer", "a type without a name")
    tour.refuses(
        f"{mine}/informations/modifier", "Enregistrer", "no name left", without="Nom de la bulle"
    )
    tour.refuses(f"{mine}/invitations/nouvelle", "Envoyer l’invitation", "an invitation to nobody")
    tour.refuses(f"{mine}/invitations/plusieurs", "Envoyer les invitations", "nobody at all")
    tour.refuses(f"{mine}/invitations/feuille", "Faire la feuille", "a sheet for nobody")
    tour.refuses(f"{mine}/logo/modifier", "Utiliser ce logo", "no logo")
    picture = folder / "logo.png"
    who.page.screenshot(path=picture)
    who.page.locator("input[type=file]").set_input_files(picture)
    tour.presses("Utiliser ce logo", "a logo")
    tour.shows(f"{mine}/logo/modifier", "a logo to remove")


def _mailed(people: People, who: Navigator, tour: Tour, mine: str) -> None:
    who.open(f"{mine}/invitations/nouvelle")
    who.fill("Adresse e-mail", NADEGE.email)
    who.press("Envoyer l’invitation")
    who.sees("est en route")
    tour.look("an invitation is sent")
    who.follow("Inviter")
    expect(who.page.locator("dialog[open]")).to_be_visible()
    tour.look("the dialog")
    who.open(f"{mine}/invitations/nouvelle")
    who.fill("Adresse e-mail", NADEGE.email)
    who.press("Envoyer l’invitation")
    who.sees("Une invitation est déjà partie à cette adresse.")
    tour.look("an invitation that is already open")
    link = people.mailbox.next(NADEGE.email, "vous invite").link("/invitations/")
    tour.shows(link, "an invitation for somebody else")
    guest = people.meet("personne@example.org", reduced_motion="reduce")
    seen = tour.beside(guest)
    seen.shows(link, "an invitation, for a visitor")
    seen.shows(f"{link}/refus", "declining")
    seen.presses("Refuser l’invitation", "declined")
    seen.shows(link, "an invitation that was declined", 404)
    who.open(f"{mine}/invitations")
    expect(who.row(NADEGE.email)).to_contain_text("Refusée")
    tour.look("a declined invitation")


def _on_paper(people: People, who: Navigator, tour: Tour, mine: str) -> None:
    who.open(f"{mine}/invitations/feuille")
    who.fill("Prénom", "Suzanne")
    who.fill("Nom", "Marty")
    who.tick("Sans personne pour l’instant")
    tour.presses("Faire la feuille", "the sheet with its code")
    code = who.page.locator("article .key").last.inner_text()
    guest = tour.beside(people.meet("papier@example.org", reduced_motion="reduce"))
    guest.refuses("/invitation", "Continuer", "no code")
    guest.who.fill("Code de votre feuille", code)
    guest.presses("Continuer", "an invitation on paper")
    who.open(f"{mine}/invitations")
    tour.follows("Révoquer", "revoking")
    who.press("Révoquer l’invitation")
    who.sees("est révoquée")
    tour.look("a revoked invitation")


def _several(who: Navigator, tour: Tour, mine: str) -> None:
    who.open(f"{mine}/invitations/plusieurs")
    who.page.get_by_label("Adresses e-mail").fill("rose@example.org\npas une adresse")
    who.press("Envoyer les invitations")
    who.sees("1 ligne n’a pas été comprise")
    tour.look("some lines refused")
