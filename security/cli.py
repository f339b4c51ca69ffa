"""Commands about accounts."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from core.authorization import INSTANCE, System
from core.config import Config
from core.mail import absolute_url
from security.operations.sign_up import ensure_first_account_link


def greet(config: Config) -> str | None:
    """Give the host of a fresh installation the way in, at its first start."""
    if config.is_demo:
        return None
    path = ensure_first_account_link(System("first start"), INSTANCE)
    if path is None:
        return None
    return f"The first account (this link works once, for 24 hours):\n\n  {absolute_url(path)}\n"


@click.command("first-account")
@with_appcontext
def first_account() -> None:
    """Print the one-time link for the first account (24 hours; older ones die)."""
    path = ensure_first_account_link(System("flask first-account"), INSTANCE)
    if path is None:
        raise click.ClickException("There is an account already: nobody needs this link.")
    print(absolute_url(path))
