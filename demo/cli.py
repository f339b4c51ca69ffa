"""``flask seed demo``, and what the terminal says when a trial starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from core.authorization import INSTANCE, System
from demo.operations import PASSWORD, PEOPLE, erase_everything, found_demo
from demo.queries import has_people
from security.passwords import hash_password

if TYPE_CHECKING:
    from core.config import Config

seed = AppGroup("seed", help="Invented people, to try things out.")
FOUNDER = System("demo")


@seed.command("demo")
def seed_demo() -> None:
    """Erase everything, and start the demonstration afresh."""
    erase_everything(FOUNDER, INSTANCE)
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


def found() -> None:
    """Hash the common password before the operation, which does nothing slow."""
    found_demo(FOUNDER, INSTANCE, password_hash=hash_password(PASSWORD))


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
