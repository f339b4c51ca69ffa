"""``flask seed demo``, and what the terminal says when a trial starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from core.authorization import INSTANCE, System
from demo.operations.founding import erase_everything, found_demo
from demo.operations.papers import hang_up
from demo.queries import find_scene, has_people, list_stored_keys
from demo.vocabulary import INES, PASSWORD, PEOPLE, SOFIA
from security.passwords import hash_password
from uploads.storage import current_storage

if TYPE_CHECKING:
    from core.config import Config

seed = AppGroup("seed", help="Invented people, to try things out.")
FOUNDER = System("demo")


@seed.command("demo")
def seed_demo() -> None:
    """Erase everything, and start the demonstration afresh."""
    erase()
    found()
    click.echo(people())


def greet(config: Config) -> str:
    """Make the demo people at the very first start, and say where to go and how to sign in."""
    if not has_people():
        found()
    mailbox = f"{config.base_url}/boite-aux-lettres"
    return f"""
  Alvéole — démonstration

  Ouvrez / Open          {config.base_url}
  Courrier / Mailbox     {mailbox}   (les codes à 6 chiffres y arrivent, et ici même)

{people()}
  Arrêter / Stop         Ctrl + C
"""


def erase() -> None:
    """Forget every row, then the bytes that no row points to any more."""
    keys = list_stored_keys()
    erase_everything(FOUNDER, INSTANCE)
    for key in keys:
        current_storage().delete(key)


def found() -> None:
    """Hash the common password before the operation, which does nothing slow; files come last."""
    found_demo(FOUNDER, INSTANCE, password_hash=hash_password(PASSWORD))
    caregiver, bubble, admin = find_scene(INES.email, SOFIA.email)
    hang_up(FOUNDER, caregiver, bubble, admin)


def people() -> str:
    """List who can sign in, and with what."""
    lines = [f"  {person.email:<32} {person.name} — {person.role}" for person in PEOPLE]
    return "\n".join(
        [
            "  Se connecter / Sign in (adresse, mot de passe, puis code reçu « par e-mail ») :",
            "",
            *lines,
            "",
            f"  Mot de passe pour tous / Password for all:   {PASSWORD}",
            "",
        ]
    )
