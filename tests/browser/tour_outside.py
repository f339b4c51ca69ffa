"""Sign-in and sign-up with every refusal, up to an account that belongs nowhere yet."""

from __future__ import annotations

from pathlib import Path

from demo.vocabulary import LUCIE
from tests.browser.inspection import Inspector
from tests.browser.navigator import Navigator, People
from tests.browser.tour import Tour

WRONG = "Pas-le-bon-mot-1"


def visitor(people: People, who: Navigator, inspector: Inspector, _folder: Path) -> None:
    """Sign-in and sign-up, with every refusal."""
    tour = Tour(who, inspector)
    tour.shows("/nulle-part", "an address that does not exist", 404)
    tour.shows("/premier-compte/rien", "a first account that is over", 404)
    tour.shows("/invitations/rien", "an invitation that nobody wrote", 404)
    tour.refuses("/connexion", "Se connecter", "sign-in, empty")
    who.fill("Adresse e-mail ou téléphone", "personne@example.org")
    who.fill("Mot de passe", WRONG)
    who.press("Se connecter")
    who.sees("Adresse ou mot de passe incorrect.")
    tour.look("sign-in, wrong")

    who.email, who.password = LUCIE.email, people.meet(LUCIE).password
    who.open("/connexion")
    who.give_password()
    who.sees_title("Entrez le code reçu par e-mail")
    tour.look("the code page")
    who.press("Continuer")
    who.sees("Le code contient 6 chiffres")
    tour.look("the code page, empty")
    right = who.sent_code
    for _ in range(5):
        who.page.get_by_label("Code à 6 chiffres").fill(str(int(right) ^ 1).zfill(6))
        who.press("Continuer")
    who.sees_title("Trop de codes incorrects")
    tour.look("too many wrong codes")

    sign_up(people, who, tour)


def sign_up(people: People, who: Navigator, tour: Tour) -> None:
    """One thing a page, each refused once, up to an account that belongs nowhere yet."""
    tour.refuses("/inscription", "Continuer", "sign-up, empty")
    who.email, who.password = "camille@example.org", "Prune-Wagon-9-nuage"
    who.fill("Prénom", "Camille")
    who.fill("Nom", "Durand")
    who.press("Continuer")
    who.fill("Adresse e-mail", who.email)
    who.press("Continuer")
    who.fill("Mot de passe", "camille")
    who.press("Continuer")
    who.sees("pas encore assez solide")
    tour.look("sign-up, weak password")
    who.fill("Mot de passe", who.password)
    who.press("Continuer")
    who.tick("J’accepte les conditions d’utilisation")
    tour.look("the terms")
    who.press("S’inscrire")
    who.sees_title("Vérifiez votre adresse")
    tour.look("proving the address")
    who.press("Créer mon compte")
    who.sees("Le code contient 6 chiffres")
    tour.look("proving the address, empty")
    who.fill("Code à 6 chiffres", people.mailbox.next(who.email, "code").code)
    who.press("Créer mon compte")
    who.sees_title("Vos données personnelles")
    who.press("J’ai lu, je continue")
    who.follow("Plus tard")
    who.open("/accueil")
    who.sees("Bienvenue, Camille Durand")
    tour.look("an account without a bubble")
    for path in (
        "/messages",
        "/rendez-vous",
        "/rendez-vous/nouveau",
        "/compte",
        "/compte/profil",
        "/bulles",
    ):
        tour.shows(path, "nothing yet")
