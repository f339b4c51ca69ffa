"""« flask doctor »: what a host should notice before people do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup
from sqlalchemy import text

from core import clock
from core.database import db

if TYPE_CHECKING:
    from flask import Flask

TOLERATED = timedelta(seconds=5)
doctor = AppGroup("doctor", help="Look for what is wrong with this installation.")


def clock_difference() -> timedelta:
    """Return how far this machine's clock is ahead of the database's."""
    value = db.session.scalar(text("SELECT CURRENT_TIMESTAMP"))
    here = clock.now()
    db.session.rollback()
    there = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(there, datetime):
        raise click.ClickException("The database does not tell the time.")
    return here - (there if there.tzinfo else there.replace(tzinfo=UTC))


@doctor.command("clock")
def check_clock() -> None:
    """Compare this machine's clock with the database's.

    Codes of authenticator apps live for thirty seconds: a clock that is off refuses right ones.
    """
    seconds = clock_difference().total_seconds()
    if abs(seconds) > TOLERATED.total_seconds():
        raise click.ClickException(
            f"This machine's clock differs from the database's by {seconds:+.0f} s: codes of "
            "authenticator apps will be refused. Set both by NTP."
        )
    click.echo(f"The clocks agree ({seconds:+.1f} s).")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(doctor)
