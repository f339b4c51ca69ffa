"""Commands about accounts."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from core.authorization import INSTANCE, System
from core.mail import absolute_url
from security.operations.sign_up import ensure_first_account_link


@click.command("first-account")
@with_appcontext
def first_account() -> None:
    """Print the one-time link for the first account (24 hours; older ones die)."""
    path = ensure_first_account_link(System("flask first-account"), INSTANCE)
    if path is None:
        raise click.ClickException("There is an account already: nobody needs this link.")
    print(absolute_url(path))
