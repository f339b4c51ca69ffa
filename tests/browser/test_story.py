"""The whole product as people live it, in French, with and without JavaScript."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from demo.operations.drawings import paper
from demo.vocabulary import SOFIA
from tests.browser.navigator import TO_CONFIRM, Navigator, People
from tests.browser.outside import Authenticator, fetch_feed, scan

BUBBLE = "Les Glycines"
KIND = "Première visite"
DAYS = ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche")
INVITED = "vous invite"
IDENTITY_CARD = paper("Carte d’identité", ["Recto"], ["Verso"])


@dataclass
class Story:
    """Who takes part, and what one person learns that another needs."""

    people: People
    sofia: Navigator
    paul: Navigator
    rose: Navigator
    scripts: bool
    folder: Path
    bubble: str = ""
    feed: str = ""


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def story(request, people: People, tmp_path) -> Story:
    scripts = request.param
    mode = "js" if scripts else "nojs"
    sofia = people.meet(SOFIA, scripts=scripts)
    paul = people.meet(f"paul-{mode}@example.org", scripts=scripts)
    rose = people.meet(f"rose-{mode}@example.org", scripts=scripts, width=390)
    return Story(people, sofia, paul, rose, scripts, tmp_path)


@pytest.mark.covers(
    "M1", "M2", "M3", "M4", "M5", "M31", "M47", "M51", "M52", "M53", "M54", "M55", "M58", "M60",
    "M61", "M62", "M63", "M64", "M65", "M66", "M69", "M70", "M71", "M72", "M73", "M74", "M75",
    "M76", "M77", "M82", "M83", "M84", "M35", "M42", "M43", "M45", "D134", "D144", "D145", "D146",
    "D147", "D148", "D150", "D151",
)  # fmt: skip
def test_a_small_team_lives_its_first_day(story: Story) -> None:
    an_administrator_founds_a_bubble(story)
    invitations_are_followed_sent_again_and_revoked(story)
    an_invited_caregiver_joins(story)
    a_consultation_type_is_defined_and_hours_are_set(story)
    an_invited_patient_joins(story)
    hour = the_next_free_hour_is_held_then_confirmed(story)
    the_caregiver_sees_it(story, hour)
    an_outside_calendar_shows_it(story, hour)
    the_patient_cancels_and_the_hour_is_free_again(story, hour)
    they_write_to_each_other(story)
    a_document_is_added(story)
    backup_codes_open_the_account_once(story)
    an_authenticator_app_opens_the_account(story)


# ── 1. The administrator ──────────────────────────────────────────────────────────────────────


def an_administrator_founds_a_bubble(story: Story) -> None:
    sofia = story.sofia
    sofia.sign_in()
    sofia.open("/bulles")
    sofia.follow(re.compile("Créer une bulle|Nouvelle bulle"))
    sofia.press("Créer la bulle")
    sofia.sees("Donnez un nom à la bulle")
    sofia.fill("Nom de la bulle", BUBBLE)
    sofia.page.get_by_label("À quoi elle sert").fill("Soins à domicile")
    sofia.page.get_by_label("E-mail de contact").fill("glycines@example.org")
    sofia.page.get_by_label("Téléphone de contact").fill("05 36 49 56 78")
    sofia.page.get_by_label("Numéro et rue").fill("3 rue des Glycines")
    sofia.page.get_by_label("Code postal").fill("31000")
    sofia.page.get_by_label("Ville").fill("Toulouse")
    sofia.page.get_by_label("Fuseau horaire").select_option("Europe/Paris")
    sofia.press("Créer la bulle")
    sofia.sees_title(BUBBLE)
    found = re.search(r"/bulles/\d+", sofia.page.url)
    assert found
    story.bubble = found.group()


def invitations_are_followed_sent_again_and_revoked(story: Story) -> None:
    sofia, mistaken = story.sofia, story.people.meet("mistaken@example.org", scripts=story.scripts)
    invite(story, mistaken.email)
    old = sofia.mailbox.next(mistaken.email, INVITED).link("/invitations/")
    sofia.press(re.compile("Révoquer|Renvoyer"), within=sofia.row(mistaken.email))
    new = sofia.mailbox.next(mistaken.email, INVITED).link("/invitations/")
    assert mistaken.open(old) == 404
    mistaken.sees_title("Ce lien n’est plus valable")
    assert mistaken.open(new) == 200
    sofia.follow("Révoquer", within=sofia.row(mistaken.email))
    sofia.press("Révoquer l’invitation")
    expect(sofia.row(mistaken.email)).to_contain_text("Révoquée")
    assert mistaken.open(new) == 404


def invite(story: Story, email: str, *, followed_by: str = "") -> None:
    """Open the form as it opens here, fill it, send it."""
    sofia = story.sofia
    sofia.open(f"{story.bubble}/invitations")
    sofia.follow("Inviter")
    form = sofia.page.locator("dialog[open]" if story.scripts else "main")
    part = form.get_by_role("link", name="Un patient" if followed_by else "Un accompagnant")
    if part.get_attribute("aria-current") != "true":
        part.click()
        expect(part).to_have_attribute("aria-current", "true")
    form.get_by_label("Adresse e-mail").fill(email)
    if followed_by:
        form.get_by_label(followed_by).check()
    sofia.press("Envoyer l’invitation", within=form)
    sofia.sees(f"L’invitation à {email} est en route.")
    is_marked(story, email, "Envoyée")


def is_marked(story: Story, email: str, state: str) -> None:
    """Say that the administrator reads this state beside the address."""
    story.sofia.sees_in_row(f"{story.bubble}/invitations", email, state)


# ── 2. Invited people ─────────────────────────────────────────────────────────────────────────


def an_invited_caregiver_joins(story: Story) -> None:
    paul = story.paul
    invite(story, paul.email)
    link = paul.mailbox.next(paul.email, INVITED).link("/invitations/")
    paul.open(link)
    paul.sees_title("Une équipe de soins vous invite")
    is_marked(story, paul.email, "Envoyée")
    paul.sign_up_invited("Paul", "Marchand")
    is_marked(story, paul.email, "Ouverte")
    paul.sees_title(f"Sofia Marques vous invite à rejoindre la bulle « {BUBBLE} »")
    paul.press("Accepter l’invitation")
    paul.sees(f"Vous voilà accompagnant de la bulle « {BUBBLE} »")
    is_marked(story, paul.email, "Acceptée")
    paul.open("/")
    paul.sees("Espace accompagnant")


def an_invited_patient_joins(story: Story) -> None:
    rose = story.rose
    invite(story, rose.email, followed_by="Paul Marchand")
    rose.open(rose.mailbox.next(rose.email, INVITED).link("/invitations/"))
    rose.sign_up_invited("Rose", "Ferrand")
    is_marked(story, rose.email, "Ouverte")
    rose.follow("Continuer")
    rose.sees_title("Qui êtes-vous ?")
    expect(rose.page.get_by_label("Prénom", exact=True)).to_have_value("Rose")
    rose.fill("Date de naissance", "31/2/1951")
    rose.press("Rejoindre la bulle")
    rose.sees("Cette date n’existe pas")
    expect(rose.page.get_by_label("Nom", exact=True)).to_have_value("Ferrand")
    rose.fill("Date de naissance", "9 mars 1951")
    rose.press("Rejoindre la bulle")
    rose.sees(f"Bienvenue dans la bulle {BUBBLE}")
    rose.sees("Paul Marchand")
    is_marked(story, rose.email, "Acceptée")
    rose.open("/mon-profil")
    rose.sees("9 mars 1951")
    rose.sees("Non renseigné")


# ── 3. The caregiver prepares, the patient books ──────────────────────────────────────────────


def a_consultation_type_is_defined_and_hours_are_set(story: Story) -> None:
    sofia, paul = story.sofia, story.paul
    sofia.open(f"{story.bubble}/consultations")
    sofia.follow("Ajouter un type de consultation")
    sofia.fill("Nom", KIND)
    sofia.fill("Durée, en minutes", "30")
    sofia.tick("Sur place")
    sofia.tick("Paul Marchand")
    sofia.unfolds("Réservation en ligne")
    sofia.page.get_by_label("Réserver au plus tard").select_option("0")
    sofia.press("Enregistrer")
    sofia.sees("Le type de consultation est prêt.")
    sofia.sees("Paul Marchand")

    paul.open("/parametres/agendas")
    paul.follow("Régler mes horaires")
    working = days_ahead()
    for day in working:
        paul.fill(f"{day}, de (1)", "08:00")
        paul.fill(f"{day}, à (1)", "12:00")
    day = working[-1]
    paul.fill(f"{day}, de (2)", "18:00")
    paul.fill(f"{day}, à (2)", "14:00")
    paul.press("Enregistrer mes horaires")
    paul.sees(f"{day} : la fin (14:00) doit venir après le début (18:00).")
    paul.fill(f"{day}, de (2)", "14:00")
    paul.fill(f"{day}, à (2)", "18:00")
    paul.press("Enregistrer mes horaires")
    paul.sees("Vos horaires sont enregistrés.")
    paul.sees("8:00 – 12:00, 14:00 – 18:00")


def days_ahead() -> list[str]:
    """Name the days from the day after tomorrow: no hour of theirs passes while we look."""
    today = time.gmtime().tm_wday
    return [DAYS[(today + ahead) % len(DAYS)] for ahead in range(2, len(DAYS))]


def the_next_free_hour_is_held_then_confirmed(story: Story) -> datetime:
    rose = story.rose
    rose.reaches_hours("Paul Marchand", KIND)
    hour = rose.next_hour()
    rose.takes(hour)
    rose.sees_title(TO_CONFIRM)
    rose.sees("votre rendez-vous n’est pas encore confirmé")
    rose.open("/mon-profil")
    rose.sees("votre rendez-vous n’est pas encore confirmé")
    rose.open("/rendez-vous")
    rose.sees("Aucun rendez-vous à venir")
    story.paul.open(f"/agenda/jour/{hour:%Y-%m-%d}")
    story.paul.sees("Rien de prévu")
    rose.press("Annuler ce rendez-vous")
    rose.sees("Cette heure n’est plus gardée.")
    assert rose.books("Paul Marchand", KIND) == hour
    rose.open("/rendez-vous")
    expect(rose.page.locator("main").get_by_role("link", name="Paul Marchand")).to_contain_text(
        "Confirmé"
    )
    assert "rendez-vous" in rose.mailbox.next(rose.email, "rendez-vous").subject
    return hour


def the_caregiver_sees_it(story: Story, hour: datetime) -> None:
    paul = story.paul
    paul.open(f"/agenda/jour/{hour:%Y-%m-%d}")
    paul.sees("1 rendez-vous")
    paul.follow("Voir la semaine")
    paul.sees("Rose Ferrand")
    paul.follow("Rose Ferrand")
    paul.follow("Ouvrir la fiche du patient")
    paul.sees_title("Rose Ferrand")
    paul.sees(KIND)
    paul.sees("9 mars 1951")
    sheet = paul.page.url
    assert story.sofia.open(sheet) == 404


def an_outside_calendar_shows_it(story: Story, hour: datetime) -> None:
    paul = story.paul
    paul.open("/parametres/agendas")
    paul.follow("Créer un lien d’agenda")
    paul.page.get_by_label("Pour quel appareil ?").fill("Mon téléphone")
    paul.press("Créer le lien")
    paul.sees_title("Votre lien d’agenda est prêt")
    story.feed = paul.page.locator("code").inner_text()
    assert fetch_feed(story.feed) == {hour: "CONFIRMED"}
    paul.open("/parametres/agendas")
    expect(paul.row("Mon téléphone")).to_contain_text("Aujourd’hui")


def the_patient_cancels_and_the_hour_is_free_again(story: Story, hour: datetime) -> None:
    rose, paul = story.rose, story.paul
    rose.reaches_hours("Paul Marchand", KIND)
    assert hour not in rose.offered_hours()
    rose.open("/rendez-vous")
    rose.follow("Paul Marchand", within=rose.page.locator("main"))
    rose.follow("Annuler ce rendez-vous")
    rose.sees("Cela ne se rattrape pas.")
    rose.press("Annuler ce rendez-vous")
    rose.sees("Votre rendez-vous est annulé.")
    rose.reaches_hours("Paul Marchand", KIND)
    assert rose.next_hour() == hour
    paul.open(f"/agenda/jour/{hour:%Y-%m-%d}")
    paul.sees("Rien de prévu")
    assert fetch_feed(story.feed).get(hour, "CANCELLED") == "CANCELLED"


# ── 4. Both write ─────────────────────────────────────────────────────────────────────────────


def they_write_to_each_other(story: Story) -> None:
    rose, paul = story.rose, story.paul
    rose.open("/accueil")
    rose.follow(re.compile("^Écrire à Paul Marchand"))
    rose.writes("Bonjour, faut-il être à jeun ?")
    paul.open("/messages")
    paul.follow("Rose Ferrand", within=paul.page.locator("main"))
    expect(paul.message("faut-il être à jeun")).to_have_count(1)
    arrives(story, paul, rose, "Non, déjeunez comme d’habitude.")
    arrives(story, rose, paul, "Merci, à bientôt.")

    rose.open("/accueil")
    rose.follow("Écrire à toute l’équipe")
    rose.sees_title("Autour de Rose")
    rose.sees("Vous et 1 soignant lisez ici.")
    rose.writes("Bonjour à toute l’équipe.")
    paul.open("/messages")
    paul.follow(re.compile("^Autour de Rose"), within=paul.page.locator("main"))
    paul.sees("Rose lit aussi.")
    expect(paul.message("Bonjour à toute l’équipe.")).to_have_count(1)
    arrives(story, paul, rose, "Bonjour Rose, je note.")


def arrives(story: Story, sender: Navigator, reader: Navigator, text: str) -> None:
    """With JavaScript the open page shows it by itself; without, the next page does."""
    if story.scripts:
        reader.page.evaluate("window.neverLeft = true")
    sender.writes(text)
    if not story.scripts:
        reader.page.reload()
    expect(reader.message(text)).to_have_count(1)
    if story.scripts:
        assert reader.page.evaluate("window.neverLeft")


# ── 5. The caregiver's papers and keys ────────────────────────────────────────────────────────


def a_document_is_added(story: Story) -> None:
    paul = story.paul
    paul.open("/parametres/documents")
    paul.sees("Pas encore de document")
    card = story.folder / "carte.pdf"
    card.write_bytes(IDENTITY_CARD)
    paul.page.locator("input[type=file]").set_input_files(card)
    paul.press("Ajouter le document")
    paul.sees("Pensez à renseigner le type de votre document.")
    paul.sees("est arrivé")  # nobody chooses a file twice because something else was wrong
    paul.page.get_by_label("Type de document").select_option(label="Carte d’identité")
    paul.press("Ajouter le document")
    expect(paul.row("Carte d’identité")).to_contain_text("carte.pdf")
    paul.follow("Ouvrir", within=paul.row("Carte d’identité"))
    paul.sees_title("Carte d’identité")
    with paul.page.expect_download() as download:
        paul.follow("Télécharger")
    is_same = download.value.path().read_bytes() == IDENTITY_CARD
    assert is_same  # a difference of megabytes is not worth showing


def backup_codes_open_the_account_once(story: Story) -> None:
    paul = story.paul
    paul.open("/parametres/securite")
    paul.follow("Générer des nouveaux codes")
    paul.press("OK")
    paul.sees_title("Vos 8 codes de secours")
    codes = paul.page.locator("ol.codes li").all_inner_texts()
    assert len(set(codes)) == 8

    phone = story.people.meet(paul.email, scripts=story.scripts, width=390)
    phone.sign_in("Avec un code de secours", codes[2])
    phone.sees("Espace accompagnant")
    other = story.people.meet(paul.email, scripts=story.scripts)
    other.open("/connexion")
    other.give_password()
    other.choose_way("Avec un code de secours", codes[2])
    other.sees("Ce code de secours a déjà servi.")


def an_authenticator_app_opens_the_account(story: Story) -> None:
    paul = story.paul
    paul.open("/parametres/securite")
    paul.follow(re.compile("^Configurer"))
    paul.sees("uniquement si vous possédez un smartphone")
    paul.press("Commencer")
    key = paul.page.locator("code.key").inner_text().replace(" ", "")
    photograph = story.folder / "screen.png"
    paul.page.locator("img.qr").screenshot(path=photograph)
    assert scan(photograph) == key

    app = Authenticator(key)
    paul.fill("Code affiché dans l’application", app.code())
    paul.fill("Votre mot de passe actuel", paul.password)
    paul.press("Activer cette méthode de validation")
    paul.sees("L’application de validation en deux étapes est bien configurée !")

    phone = story.people.meet(paul.email, scripts=story.scripts, width=390)
    # The code of the next half minute: the one above has been used, and a phone may be ahead.
    phone.sign_in("Avec mon application", app.code("now + 30 seconds"))
    phone.sees("Espace accompagnant")
