"""A team is set up by its administrator, and a caregiver finds her bearings in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from demo.operations.drawings import paper
from demo.vocabulary import SOFIA
from tests.browser.navigator import Navigator, People

BUBBLE = "Les Bouleaux"
INVITED = "vous invite"
FINISHED = "Vous avez pris vos marques, Hélène"


@dataclass
class Team:
    """Who sets it up, who comes, and where."""

    sofia: Navigator
    helene: Navigator
    others: list[str]
    folder: Path
    bubble: str = ""


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def team(request, people: People, tmp_path) -> Team:
    mode = "js" if request.param else "nojs"
    return Team(
        sofia=people.meet(SOFIA, scripts=request.param),
        helene=people.meet(f"helene-{mode}@example.org", scripts=request.param, width=390),
        others=[f"theo-{mode}@example.org", f"chloe-{mode}@example.org"],
        folder=tmp_path,
    )


@pytest.mark.covers("M31", "M35", "M36", "M37", "M42", "M44", "M46")
def test_a_team_is_set_up_and_goes_on_without_its_founder(team: Team) -> None:
    a_bubble_is_founded(team)
    several_addresses_are_pasted_at_once(team)
    one_of_them_joins(team)
    she_walks_the_five_first_steps(team)
    she_is_made_an_administrator_as_well(team)
    the_founder_leaves(team)


def a_bubble_is_founded(team: Team) -> None:
    sofia = team.sofia
    sofia.sign_in()
    sofia.open("/bulles/nouvelle")
    sofia.fill("Nom de la bulle", BUBBLE)
    sofia.press("Créer la bulle")
    sofia.sees_title(BUBBLE)
    found = re.search(r"/bulles/\d+", sofia.page.url)
    assert found
    team.bubble = found.group()


def several_addresses_are_pasted_at_once(team: Team) -> None:
    sofia, (theo, chloe) = team.sofia, team.others
    sofia.open(f"{team.bubble}/invitations")
    sofia.follow("Inviter plusieurs personnes")
    pasted = f"Hélène Roux <{team.helene.email}>, {theo}\n{chloe}\npas une adresse"
    sofia.page.get_by_label("Adresses e-mail").fill(pasted)
    sofia.press("Envoyer les invitations")
    sofia.sees("1 ligne n’a pas été comprise")
    expect(sofia.page.get_by_label("Lignes à corriger")).to_have_value("pas une adresse")
    for email in (team.helene.email, theo, chloe):
        sofia.sees_in_row(f"{team.bubble}/invitations", email, "Envoyée")
    letter = sofia.mailbox.next(team.helene.email, INVITED)
    assert theo not in letter.text
    assert chloe not in letter.text
    team.helene.open(letter.link("/invitations/"))


def one_of_them_joins(team: Team) -> None:
    helene = team.helene
    helene.sign_up_invited("Hélène", "Roux")
    helene.press("Accepter l’invitation")
    helene.sees(f"Vous voilà accompagnant de la bulle « {BUBBLE} »")
    team.sofia.open(f"{team.bubble}/invitations")
    expect(team.sofia.row(helene.email)).to_contain_text("Acceptée")


# ── The five first steps ──────────────────────────────────────────────────────────────────────


def she_walks_the_five_first_steps(team: Team) -> None:
    helene = team.helene
    helene.open("/")
    helene.sees("Bienvenue sur Alvéole, Hélène")
    helene.follow("Commencer mes premiers pas")
    helene.sees_title("Bienvenue, Hélène")
    is_at(helene, 0, "Renseigner votre profil")
    helene.follow("Ouvrir mon profil")
    helene.sees_title("Mon profil")
    helene.fill("Votre prénom", "Hélène")
    helene.fill("Votre nom", "Roux")
    helene.page.get_by_label("Votre profession").fill("Kinésithérapeute")
    helene.press("Mettre à jour mon profil")
    helene.sees("Votre profil est à jour")
    is_at(helene, 1, "Régler vos agendas")
    helene.follow("Ouvrir mes agendas")
    helene.follow("Régler mes horaires")
    helene.fill("Mardi, de (1)", "09:00")
    helene.fill("Mardi, à (1)", "12:00")
    helene.press("Enregistrer mes horaires")
    helene.sees("Vos horaires sont enregistrés.")
    is_at(helene, 2, "Ajouter vos documents administratifs")
    helene.follow("Ouvrir mes documents")
    diploma = team.folder / "diplome.pdf"
    diploma.write_bytes(paper("Diplôme", ["Hélène Roux"]))
    helene.page.get_by_label("Type de document").select_option(label="Diplôme")
    helene.page.locator("input[type=file]").set_input_files(diploma)
    helene.press("Ajouter le document")
    helene.sees("Le document est ajouté.")
    is_at(helene, 3, "Protéger votre compte")
    helene.follow("Ouvrir la page sécurité")
    helene.follow("Générer des nouveaux codes")
    helene.press("OK")
    helene.sees_title("Vos 8 codes de secours")
    is_at(helene, 4, "Découvrir vos bulles")
    helene.press("J’ai lu")
    helene.sees_title(FINISHED)
    helene.open("/")
    expect(helene.page.get_by_text("Commencer mes premiers pas")).to_have_count(0)


def is_at(who: Navigator, done: int, title: str) -> None:
    """Say that so many steps are over, and open the one to take now."""
    who.open("/premiers-pas")
    who.sees(re.compile(rf"^{done} étapes? sur 5"))
    who.follow(re.compile(f"Me montrer comment.*{title}"))
    who.sees_title(title)


# ── Two administrators, then one ──────────────────────────────────────────────────────────────


def she_is_made_an_administrator_as_well(team: Team) -> None:
    sofia, helene = team.sofia, team.helene
    assert helene.open(f"{team.bubble}/invitations") == 403
    sofia.open(f"{team.bubble}/accompagnants")
    sofia.follow(re.compile("Rôle et accès.*Hélène Roux"))
    sofia.follow(re.compile("^Faire administrateur"))
    sofia.sees(re.compile("Faire d’Hélène Roux un administrateur"))
    sofia.press("Changer le rôle")
    sofia.sees(re.compile("Hélène Roux.*administr"))
    assert helene.mailbox.next(helene.email, "Votre rôle")
    assert helene.open(f"{team.bubble}/invitations") == 200
    helene.sees(team.others[0])


def the_founder_leaves(team: Team) -> None:
    sofia, helene = team.sofia, team.helene
    sofia.open(f"{team.bubble}/accompagnants")
    sofia.follow("Mon rôle")
    sofia.follow("Quitter la bulle")
    sofia.press("Quitter la bulle")
    sofia.sees("Vous avez quitté la bulle")
    assert sofia.open(team.bubble) == 404
    helene.open(f"{team.bubble}/accompagnants")
    helene.follow("Mon rôle")
    helene.sees("C’est le seul administrateur")
