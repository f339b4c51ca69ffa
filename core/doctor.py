"""« flask doctor »: what a host should notice before people do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup
from sqlalchemy import text

from core import clock
from core.database import db
from core.processes import list_serving

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


@doctor.command("processes")
def check_processes() -> None:
    """List the processes that serve now, and say whether live hints reach all of them."""
    serving = list_serving()
    for process in serving:
        shared = "shares a queue" if process.queue_hash else "shares no queue"
        click.echo(
            f"{process.host}, process {process.pid}, "
            f"since {process.started_at:%Y-%m-%d %H:%M}, {shared}"
        )
    queues = {process.queue_hash for process in serving}
    if len(serving) > 1 and (len(queues) > 1 or "" in queues):
        raise click.ClickException(
            f"{len(serving)} processes serve this database, and live messages reach only some of "
            "the open pages: set the same realtime.message_queue (redis://…) for all of them."
        )
    click.echo(f"Serving now: {len(serving)}.")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(doctor)
