"""A trial starts with people at work, and its mailbox stands in for e-mail."""

import os
import subprocess
import sys

import pytest

from core.outbox import enqueue
from core.transaction import transaction
from demo.queries import list_stored_keys
from demo.vocabulary import MADELEINE, PEOPLE, SOFIA
from security.queries import find_user_by_email
from tests.core.test_config import production, write
from uploads.storage import current_storage


@pytest.fixture
def demo(app):
    found = app.test_cli_runner().invoke(args=["seed", "demo"])
    assert found.exit_code == 0, found.output
    return found.output


def test_the_terminal_says_how_to_sign_in_as_each(demo):
    for person in PEOPLE:
        assert person.email in demo
    assert "Mot de passe pour tous" in demo


def test_everybody_s_pages_have_something_on_them(demo, sign_in, page):
    seen = {}
    for person in PEOPLE:
        client = sign_in(find_user_by_email(person.email))
        seen[person.name] = page(client.get("/accueil", follow_redirects=True)).text
    assert "Les Tilleuls" in seen["Sofia Marques"]
    assert "Madeleine Ferrand" in seen["Nadège Lemaître"]
    assert "Lucie Peyron" in seen["Inès Aubry"]
    assert "Votre prochain rendez-vous" in seen["Madeleine Ferrand"]
    assert "Inès Aubry" in seen["Lucie Peyron"]


def test_starting_afresh_leaves_one_of_each_and_no_bytes_of_before(demo, app):
    before = list_stored_keys()
    app.test_cli_runner().invoke(args=["seed", "demo"])
    assert find_user_by_email(PEOPLE[0].email).id is not None
    after = list_stored_keys()
    assert len(before) == len(after) > 0
    storage = current_storage()
    assert {key for key in before if storage.load(key) is not None} == set()
    assert all(storage.load(key) for key in after)


def test_an_invitation_stands_in_every_state(demo, sign_in, page):
    sofia = sign_in(find_user_by_email(SOFIA.email))
    listed = page(sofia.get("/bulles/1/invitations")).text
    for state in (
        "Envoyée",
        "Ouverte",
        "Acceptée",
        "Refusée",
        "Expirée",
        "Révoquée",
        "Non distribuée",
        "Imprimée",
    ):
        assert state in listed, state


def test_papers_stand_in_every_state(demo, sign_in, page):
    sofia = sign_in(find_user_by_email(SOFIA.email))
    listed = page(sofia.get("/bulles/1/documents")).text
    for state in ("Vérifié", "Expire bientôt", "À vérifier", "À remplacer", "Expiré", "Manque"):
        assert state in listed, state


def test_a_patient_decides_for_her_husband_too(demo, sign_in, page):
    madeleine = sign_in(find_user_by_email(MADELEINE.email))
    assert "Jean Ferrand" in page(madeleine.get("/compte/proches")).text
    assert "Jean Ferrand" in page(madeleine.get("/rendez-vous/nouveau")).text


def test_the_mailbox_shows_what_would_have_left_with_pressable_links(app, outbox, visitor, page):
    with transaction():
        enqueue(
            "mail",
            {
                "to": "a@example.org",
                "subject": "Un <b>sujet</b>",
                "text": "Voir : http://localhost/x. <script>",
                "html": "",
            },
        )
    outbox.deliver()
    listed = page(visitor.get("/boite-aux-lettres"))
    assert "Un <b>sujet</b>" in listed.text
    shown = page(visitor.get(next(link for link in listed.links if "/boite-aux-lettres/" in link)))
    assert "http://localhost/x" in shown.links
    assert "<script>" in shown.text
    assert visitor.get("/boite-aux-lettres/999").status_code == 404


def test_production_has_neither_mailbox_nor_seed(tmp_path):
    """In a process of its own: keys and handlers belong to one application a process."""
    path = write(tmp_path, production(change=('url = "postgresql://localhost/alveole"', "")))
    listed = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "routes"],
        env={**os.environ, "CONFIG": str(path), "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert "security.sign_in" in listed
    assert "demo." not in listed
