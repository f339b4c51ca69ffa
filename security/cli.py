"""Commands about accounts."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from core.authorization import INSTANCE, System
from core.config import Config
from core.mail import absolute_url
from security.addresses import fold_email
from security.operations.recovery import make_host_link
from security.operations.sign_up import ensure_first_account_link
from security.queries import count_peppers, find_user_by_email


def greet(config: Config) -> str | None:
    """Give the host of a fresh installation the way in, at its first start."""
    if config.is_demo:
        return None
    path = ensure_first_account_link(System("first start"), INSTANCE)
    if path is None:
        return None
    return f"The first account (this link works once, for 24 hours):\n\n  {absolute_url(path)}\n"


def tell_peppers() -> str | None:
    """Say what each pepper still holds: « none » is without one."""
    counts = count_peppers()
    said = ", ".join(f"{count} under {name}" for name, count in sorted(counts.items()))
    return f"Passwords and backup codes by pepper: {said}." if said else None


@click.command("first-account")
@with_appcontext
def first_account() -> None:
    """Print the one-time link for the first account (24 hours; older ones die)."""
    path = ensure_first_account_link(System("flask first-account"), INSTANCE)
    if path is None:
        raise click.ClickException("There is an account already: nobody needs this link.")
    print(absolute_url(path))


@click.command("recover")
@click.argument("address")
@click.option("--new-address", default="", help="Move the account to another e-mail address.")
@with_appcontext
def recover(address: str, new_address: str) -> None:
    """Print a link that lets somebody choose a new password, after you checked who they are.

    It works once, for 24 hours. The person is told by e-mail; the act is written in the audit.
    """
    user = find_user_by_email(_folded(address))
    if user is None:
        raise click.ClickException("No account has this address.")
    moved = _folded(new_address) if new_address else ""
    if moved and find_user_by_email(moved) is not None:
        raise click.ClickException("The new address belongs to another account.")
    print(make_host_link(System("flask recover"), user, new_email=moved))


def _folded(address: str) -> str:
    try:
        return fold_email(address)
    except ValueError as error:
        raise click.ClickException(f"{address} is no e-mail address.") from error
