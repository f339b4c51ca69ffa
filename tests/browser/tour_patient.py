"""A booking with every refusal, what is empty, who waits, and somebody who is on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

from demo.vocabulary import INES, LUCIE, NADEGE, SOFIA
from tests.browser.inspection import Inspector
from tests.browser.navigator import HOURS, TO_CONFIRM, Navigator, People
from tests.browser.tour import Tour


def patient(people: People, who: Navigator, inspector: Inspector, _folder: Path) -> None:
    """A booking with every refusal, for oneself and for a relative; what a mail leads to."""
    tour = Tour(who, inspector)
    tour.shows("/rendez-vous?liste=annules", "no cancelled appointment")
    tour.shows("/rendez-vous/propositions/1", "another hour is proposed")
    _questions(who, tour)
    _holding(people, who, tour)
    who.reaches_hours(INES.name, "Suivi")
    who.takes(who.offered_hours()[-1])  # the next one may be too near to be moved online
    who.confirms()
    tour.look("confirmed")
    link = people.mailbox.next(who.email, "Votre rendez-vous du").link("/r/")
    _by_mail(people, tour, link)
    tour.follows("Déplacer ce rendez-vous", "to move")
    who.page.go_back()
    tour.follows("Annuler ce rendez-vous", "to cancel")
    _forge(who)
    who.press("Annuler ce rendez-vous")
    expect(who.page.get_by_text("Erreur 4")).to_be_visible()
    tour.look("a form that was open for too long")


def _questions(who: Navigator, tour: Tour) -> None:
    """Answer nothing to each question once, then go on."""
    who.open("/rendez-vous/nouveau")
    _says_nothing(who, tour, "for whom")
    who.tick("Pour quelqu’un d’autre")
    who.proceeds()
    tour.look("a relative to add")
    who.press("Ajouter")
    expect(who.page).to_have_title(re.compile("^Erreur"))
    tour.look("a relative, not said")
    who.open("/rendez-vous/nouveau")
    who.tick("Jean Ferrand")
    who.proceeds()
    _says_nothing(who, tour, "with whom")
    who.tick(NADEGE.name)
    who.proceeds()
    who.open("/rendez-vous/nouveau")
    who.tick("Pour moi")
    who.proceeds()
    who.tick(NADEGE.name)
    who.proceeds()
    _says_nothing(who, tour, "what for")
    who.tick("Passage à domicile")
    who.proceeds()
    tour.look("the questions of a consultation")
    who.press("Continuer")
    expect(who.page).to_have_title(re.compile("^Erreur"))
    tour.look("questions without an answer")
    who.answers_questions()
    who.proceeds()
    who.sees_title(HOURS)
    tour.look("when")


def _says_nothing(who: Navigator, tour: Tour, what: str) -> None:
    """Take the choice away, which a page without a first choice would show, and go on."""
    who.page.evaluate(
        "() => document.querySelectorAll('[type=radio]').forEach((one) => one.checked = false)"
    )
    who.press("Continuer")
    expect(who.page).to_have_title(re.compile("^Erreur"))
    tour.look(f"{what}, not said")


def _holding(people: People, who: Navigator, tour: Tour) -> None:
    who.reaches_hours(INES.name, "Suivi")
    with visiting(people, LUCIE.email) as lucie:
        lucie.reaches_hours(INES.name, "Suivi")
        wanted = lucie.offered_hours()[-1]
        lucie.takes(wanted)
        lucie.sees_title(TO_CONFIRM)
        who.takes(wanted)
        who.sees("Les heures libres les plus proches")
        tour.look("an hour that was taken")
        lucie.press("Abandonner")
        lucie.sees("Cette heure n’est plus gardée.")
    who.reaches_hours(INES.name, "Suivi")
    who.takes(who.next_hour())
    who.sees_title(TO_CONFIRM)
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


def _by_mail(people: People, tour: Tour, link: str) -> None:
    """Show what a mail opens without an account."""
    visitor = tour.beside(people.meet("lettre@example.org", reduced_motion="reduce"))
    visitor.shows(link, "an appointment, by its mail")
    visitor.shows(f"{link}/deplacement", "moving by mail")
    visitor.shows(f"{link}/annulation", "cancelling by mail")
    visitor.shows("/r/rien", "a mail of long ago", 404)


def waiting(_people: People, who: Navigator, inspector: Inspector, _folder: Path) -> None:
    """Somebody who waits for an earlier hour, and to whom one is offered."""
    tour = Tour(who, inspector)
    who.open("/rendez-vous/liste-d-attente")
    tour.follows("La prendre ou la refuser", "an hour that is offered")
    tour.presses("Non, merci", "an hour that was refused")
    who.page.go_back()
    who.page.reload()
    tour.look("an hour that is no longer offered")


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
        sofia.open(f"{mine}/invitations/nouvelle?role=patient")
        form = sofia.page.locator("main")
        form.get_by_label("Adresse e-mail").fill(who.email)
        form.get_by_label(SOFIA.name).check()
        sofia.press("Envoyer l’invitation")
        sofia.sees("est en route")
    tour.shows(people.mailbox.next(who.email, "vous invite").link("/invitations/"), "invited")
    with who.page.expect_navigation():
        who.follow("Continuer")
    who.sees_title("Qui êtes-vous ?")
    tour.look("who are you")
    who.press("Rejoindre la bulle")
    expect(who.page).to_have_title(re.compile("^Erreur"))
    tour.look("who are you, not said")
    for label, text in {"Prénom": "Inès", "Nom": "Aubry"}.items():
        who.fill(label, text)
    who.fill("Date de naissance", "9/3/1984")
    who.press("Rejoindre la bulle")
    who.sees("Bienvenue dans la bulle Les Cyprès")
    tour.look("two faces")
    tour.follows("Mes propres soins", "one's own care")
    tour.shows("/mon-profil", "one's own profile")
    tour.shows("/rendez-vous/nouveau", "a team that cannot be booked")


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
