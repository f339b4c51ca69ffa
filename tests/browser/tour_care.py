"""A caregiver's settings refused and changed, keys made, documents added, hours gone through."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.inspection import Inspector
from tests.browser.navigator import Navigator, People
from tests.browser.outside import Authenticator
from tests.browser.tour import Tour

TOO_BIG = 13 * 1024 * 1024


def caregiver(people: People, who: Navigator, inspector: Inspector, folder: Path) -> None:
    """Settings refused and changed, keys made, documents added."""
    tour = Tour(who, inspector)
    tour.shows("/bulles/1/invitations", "for administrators only", 403)
    tour.shows("/bulles/999", "a bubble of others", 404)
    tour.shows("/patients?q=roger", "patients found")
    tour.shows("/patients?q=zzz", "nobody found")
    tour.shows("/agenda/jour/2031-05-05", "an empty day")
    who.open("/parametres/profil")
    who.fill("Votre prénom", "")
    who.fill("Votre nom", "")
    who.press("Mettre à jour mon profil")
    expect(who.page).to_have_title(re.compile("^Erreur"))
    tour.look("no name")
    who.open("/parametres/agendas")
    tour.follows("Modifier mes horaires", "weekly hours")
    who.fill("Lundi, de (1)", "18:00")
    who.press("Enregistrer mes horaires")
    who.sees("doit venir après le début")
    tour.look("weekly hours, wrong")
    _calendar_link(who, tour)
    _documents(who, tour, folder)
    _keys(people, who, tour)


def _calendar_link(who: Navigator, tour: Tour) -> None:
    who.open("/parametres/agendas")
    who.follow("Créer un lien d’agenda")
    who.press("Créer le lien")
    who.sees("Nommez l’appareil")
    tour.look("a link without a name")
    who.page.get_by_label("Pour quel appareil ?").fill("Mon téléphone")
    who.press("Créer le lien")
    who.sees_title("Votre lien d’agenda est prêt")
    tour.look("the link, shown once")
    tour.follows("C’est fait", "one link")
    tour.follows(re.compile("^Révoquer"), "revoking a link")


def _documents(who: Navigator, tour: Tour, folder: Path) -> None:
    tour.refuses("/parametres/documents", "Ajouter le document", "no document")
    chosen = who.page.locator("input[type=file]")
    wrong = folder / "notes.txt"
    wrong.write_text("Bonjour", "utf-8")
    who.page.get_by_label("Type de document").select_option(label="Autre")
    chosen.set_input_files(wrong)
    who.press("Ajouter le document")
    who.sees("Dites en quelques mots")
    tour.look("a document that is none")
    picture = folder / "carte.png"
    who.page.screenshot(path=picture)
    who.page.get_by_label("Type de document").select_option(label="Carte d’identité")
    chosen.set_input_files(picture)
    who.press("Ajouter le document")
    who.sees("Le document est ajouté.")
    tour.look("a document")
    with who.page.expect_navigation():
        who.follow("Ouvrir", within=who.row("Carte d’identité"))
    tour.look("one document")
    document = who.page.url
    tour.follows("Remplacer le document", "replacing a document")
    who.press("Remplacer le document")
    expect(who.page).to_have_title(re.compile("^Erreur"))
    tour.look("replacing a document by nothing")
    who.open(document)
    tour.follows("Supprimer le document", "deleting a document")
    who.open("/parametres/documents")
    chosen.set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x" * TOO_BIG}
    )
    who.press("Ajouter le document")
    who.sees("10 Mo au plus")
    tour.look("too big a file, sent in parts")
    with who.page.expect_navigation():  # what a browser without scripts does
        chosen.evaluate("(input) => input.form.submit()")
    who.sees_title("C’est trop lourd")
    tour.look("too big a file, sent at once")


def _keys(people: People, who: Navigator, tour: Tour) -> None:
    security = "/parametres/securite"
    tour.refuses(security, "Mettre à jour mon mot de passe", "no password")
    tour.shows(f"{security}/codes-de-secours", "new codes, before the confirmation")
    who.press("OK")
    who.sees_title("Vos 8 codes de secours")
    tour.look("backup codes")
    tour.shows(f"{security}/application", "an app, explained")
    tour.presses("Commencer", "an app, to scan")
    key = who.page.locator("code.key").inner_text().replace(" ", "")
    who.press("Activer cette méthode de validation")
    expect(who.page).to_have_title(re.compile("^Erreur"))
    tour.look("an app, nothing filled in")
    who.fill("Code affiché dans l’application", Authenticator(key).code())
    who.fill("Votre mot de passe actuel", who.password)
    who.press("Activer cette méthode de validation")
    who.sees("est bien configurée")
    tour.look("an app is set up")
    _another_way(people, who, tour)
    tour.shows(f"{security}/application", "an app that works")
    tour.presses("Retirer l’application", "an app that was removed")


def _another_way(people: People, who: Navigator, tour: Tour) -> None:
    """Show what somebody with an app reads, elsewhere, when the telephone is not at hand."""
    elsewhere = tour.beside(people.meet(who.email, reduced_motion="reduce"))
    elsewhere.who.open("/connexion")
    elsewhere.who.give_password()
    elsewhere.look("the code of an app")
    elsewhere.follows("Une autre façon", "other ways to prove who one is")
    elsewhere.presses("Continuer", "another way, chosen or not")
