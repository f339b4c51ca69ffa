"""The states that no link leads to: empty pages, refused forms, pages shown once, error pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

from demo.vocabulary import INES, LUCIE, MADELEINE, NADEGE, SOFIA
from tests.browser.inspection import Inspector
from tests.browser.navigator import Navigator, People
from tests.browser.outside import Authenticator
from tests.browser.tour import Tour
from tests.browser.tour_outside import visitor

TOO_BIG = 13 * 1024 * 1024


def administrator(people: People, who: Navigator, inspector: Inspector, _folder: Path) -> None:
    """An empty bubble, and every form of a bubble refused."""
    tour = Tour(who, inspector)
    tour.refuses("/bulles/nouvelle", "Créer la bulle", "a bubble without a name")
    who.fill("Nom de la bulle", "Les Acacias")
    who.page.get_by_label("Je suis aussi accompagnant").check()
    who.press("Créer la bulle")
    who.sees_title("Les Acacias")
    mine = re.sub(r"^(.*/bulles/\d+).*", r"\1", who.page.url)
    for part in ("accompagnants", "patients", "consultations", "invitations"):
        tour.shows(f"{mine}/{part}", "a new bubble")
    for path in (
        "/patients",
        "/parametres/agendas",
        "/aujourdhui",
        "/agenda",
        "/agenda/jour/2031-05-05",
    ):
        tour.shows(path, "a caregiver without patients")
    who.open(f"{mine}/accompagnants")
    tour.follows("Quitter la bulle", "leaving a bubble")
    who.press("Quitter la bulle")
    who.sees("Une bulle garde toujours un administrateur")
    tour.look("leaving as the last administrator")
    tour.refuses(f"{mine}/consultations/nouvelle", "Enregistrer", "a type without a name")
    tour.refuses(
        f"{mine}/informations/modifier", "Enregistrer", "no name left", without="Nom de la bulle"
    )
    tour.refuses(f"{mine}/invitations/nouvelle", "Envoyer l’invitation", "an invitation to nobody")
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
    guest = people.meet("personne@example.org")
    guest.open(link)
    expect(guest.page.get_by_role("button", name="Continuer")).to_be_visible()
    who.open(f"{mine}/invitations")
    tour.follows("Révoquer", "revoking")
    who.press("Révoquer l’invitation")
    who.sees("est révoquée")
    tour.look("a revoked invitation")


def caregiver(people: People, who: Navigator, inspector: Inspector, folder: Path) -> None:
    """Settings refused and changed, keys made, documents added."""
    tour = Tour(who, inspector)
    tour.shows("/bulles/1/invitations", "for administrators only", 403)
    tour.shows("/bulles/999", "a bubble of others", 404)
    tour.shows("/patients?q=roger", "patients found")
    tour.shows("/patients?q=zzz", "nobody found")
    tour.shows("/agenda/jour/2031-05-05", "an empty day")
    tour.refuses(
        "/parametres/profil",
        "Mettre à jour mon profil",
        "no name",
        without="Votre nom, tel qu’on le voit",
    )
    who.open("/parametres/agendas")
    tour.follows("Modifier mes horaires", "weekly hours")
    who.fill("Lundi, de (1)", "18:00")
    who.press("Enregistrer mes horaires")
    who.sees("doit venir après le début")
    tour.look("weekly hours, wrong")
    _calendar_link(who, tour)
    _documents(who, tour, folder)
    _keys(who, tour)


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
    tour.follows(re.compile("^Supprimer"), "deleting a document")
    who.open("/parametres/documents")
    chosen.set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x" * TOO_BIG}
    )
    who.press("Ajouter le document")
    who.sees_title("C’est trop lourd")
    tour.look("too big a file")


def _keys(who: Navigator, tour: Tour) -> None:
    security = "/parametres/securite"
    tour.refuses(security, "Mettre à jour mon mot de passe", "no password")
    tour.refuses(f"{security}/codes-de-secours", "OK", "codes without a password")
    who.fill("Votre mot de passe actuel", who.password)
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
    tour.refuses(f"{security}/application", "Retirer l’application", "an app, not removed")


def patient(people: People, who: Navigator, inspector: Inspector, _folder: Path) -> None:
    """A booking with every refusal, and what is empty."""
    tour = Tour(who, inspector)
    tour.shows("/rendez-vous?liste=passes", "no past appointment")
    tour.shows("/rendez-vous?liste=annules", "no cancelled appointment")
    tour.refuses("/rendez-vous/nouveau", "Continuer", "with whom, not said")
    who.tick(re.compile(INES.name))
    who.press("Continuer")
    who.sees_title("Quel type de rendez-vous ?")
    tour.look("what for")
    _uncheck(who)
    who.press("Continuer")
    expect(who.page).to_have_title(re.compile("^Erreur"))
    tour.look("what for, not said")
    who.reaches_hours(INES.name, "Suivi")
    tour.look("when")
    _uncheck(who)
    who.press("Continuer")
    expect(who.page).to_have_title(re.compile("^Erreur"))
    tour.look("when, not said")

    _holding(people, who, tour)
    who.books(INES.name, "Suivi")
    tour.look("confirmed")
    tour.follows("Annuler ce rendez-vous", "to cancel")
    _forge(who)
    who.press("Annuler ce rendez-vous")
    expect(who.page.get_by_text("Erreur 4")).to_be_visible()
    tour.look("a form that was open for too long")


def _holding(people: People, who: Navigator, tour: Tour) -> None:
    who.reaches_hours(INES.name, "Suivi")
    who.page.locator("input[name=heure]").last.check()
    with visiting(people, LUCIE.email) as lucie:
        lucie.reaches_hours(INES.name, "Suivi")
        lucie.page.locator("input[name=heure]").last.check()
        lucie.press("Continuer")
        lucie.sees_title("Tout est juste ? Confirmez.")
        who.press("Continuer")
        who.sees("Les heures libres les plus proches")
        tour.look("an hour that was taken")
        lucie.press("Abandonner")
        lucie.sees("Cette heure n’est plus gardée.")
    who.reaches_hours(INES.name, "Suivi")
    who.press("Continuer")
    who.sees_title("Tout est juste ? Confirmez.")
    tour.look("to confirm")
    held = who.page.url
    for path in ("/accueil", "/messages", "/rendez-vous/nouveau"):
        tour.shows(path, "an hour is held")
    who.open(held)
    _press_in_another_tab(who, held, "Il me faut plus de temps")
    who.press("Il me faut plus de temps")
    expect(who.page.get_by_text("Erreur 409")).to_be_visible()
    tour.look("asked twice")
    tour.shows(held, "to confirm, with more time")
    who.press("Abandonner")
    who.sees("Cette heure n’est plus gardée.")
    tour.look("given up")
    tour.shows(held, "an hour that is gone")


def both(people: People, who: Navigator, inspector: Inspector, _folder: Path) -> None:
    """A caregiver whom another bubble cares for: one account, two faces."""
    tour = Tour(who, inspector)
    with visiting(people, SOFIA.email) as sofia:
        sofia.open("/bulles/nouvelle")
        sofia.fill("Nom de la bulle", "Les Cyprès")
        sofia.page.get_by_label("Je suis aussi accompagnant").check()
        sofia.press("Créer la bulle")
        sofia.sees_title("Les Cyprès")
        mine = re.sub(r"^(.*/bulles/\d+).*", r"\1", sofia.page.url)
        sofia.open(f"{mine}/invitations/nouvelle")
        form = sofia.page.locator("main")
        form.get_by_label("Un patient").check()
        form.get_by_label("Adresse e-mail").fill(who.email)
        form.get_by_label(SOFIA.name).check()
        sofia.press("Envoyer l’invitation")
        sofia.sees("est en route")
    tour.shows(people.mailbox.next(who.email, "vous invite").link("/invitations/"), "invited")
    who.follow("Continuer")
    who.sees_title("Qui êtes-vous ?")
    tour.look("who are you")
    who.press("Rejoindre la bulle")
    expect(who.page).to_have_title(re.compile("^Erreur"))
    tour.look("who are you, not said")
    for label, text in {"Prénom": "Inès", "Nom": "Aubry", "Jour": "9", "Mois": "3"}.items():
        who.fill(label, text)
    who.fill("Année", "1984")
    who.press("Rejoindre la bulle")
    who.sees("Bienvenue dans la bulle Les Cyprès")
    tour.look("two faces")
    tour.follows("Mes propres soins", "one's own care")
    tour.shows("/mon-profil", "one's own profile")
    tour.shows("/rendez-vous/nouveau", "a team that cannot be booked")


def _uncheck(who: Navigator) -> None:
    """Take the choice away, which a page without a first choice would show."""
    who.page.evaluate(
        "() => document.querySelectorAll('[type=radio]').forEach((one) => one.checked = false)"
    )


def _forge(who: Navigator) -> None:
    """Spoil the token of the form, as a session that ended does."""
    who.page.evaluate(
        "() => document.querySelectorAll('[name=csrf_token]').forEach((one) => one.value = 'x')"
    )


def _press_in_another_tab(who: Navigator, path: str, words: str) -> None:
    """Do it there first: the page that is open here does not know."""
    tab = who.page.context.new_page()
    tab.goto(path)
    tab.get_by_role("button", name=words).click()
    expect(tab.get_by_role("button", name=words)).to_have_count(0)
    tab.close()


@contextmanager
def visiting(people: People, email: str) -> Iterator[Navigator]:
    """Have somebody else signed in."""
    somebody = people.meet(email)
    somebody.sign_in()
    yield somebody


TOURS = {
    "visitor": (None, visitor, ("/", "/connexion", "/inscription", "/boite-aux-lettres")),
    "administrator": (SOFIA, administrator, ("/",)),
    "caregiver": (NADEGE, caregiver, ("/",)),
    "patient": (MADELEINE, patient, ("/",)),
    "both": (INES, both, ()),
}
