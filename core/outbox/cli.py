"""« flask worker », « flask outbox » and « flask doctor outbox »."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import AppGroup

from core import start
from core.doctor import doctor
from core.outbox import endings, heartbeat, upkeep
from core.outbox.kinds import register_handler, register_regular
from core.outbox.worker import run_forever
from core.outbox.writing import bell

if TYPE_CHECKING:
    from flask import Flask

outbox = AppGroup("outbox", help="See what has not left, send it again, or give it up.")


@outbox.command("list")
@click.option("--dead", is_flag=True, help="Only those that are tried no more.")
@click.option("--kind", default="", help="Only this kind.")
def list_messages(*, dead: bool, kind: str) -> None:
    """Count what waits and what is dead, by kind, then name what failed: never to whom."""
    for gauge in upkeep.gauges():
        if kind in {"", gauge.kind}:
            oldest = gauge.oldest_due
            since = f" (the oldest since {oldest:%Y-%m-%d %H:%M})" if oldest else ""
            click.echo(
                f"{gauge.kind}: {gauge.waiting} due{since}; {gauge.planned} planned, "
                f"{gauge.failing} failing, {gauge.dead} dead"
            )
    for line in upkeep.list_messages(dead=dead, kind=kind):
        abouts = ", ".join(f"{about.kind} {about.id}" for about in line.abouts)
        lost = "" if line.is_kept else "; cannot be sent again"
        click.echo(
            f"{line.id}  {line.state}  {line.kind}  {line.created_at:%Y-%m-%d %H:%M}  "
            f"{abouts or '-'}  {line.attempts} tries  {line.reason}{lost}"
        )


@outbox.command("retry")
@click.argument("ids", type=int, nargs=-1)
@click.option("--dead", is_flag=True, help="All that are tried no more.")
@click.option("--kind", default="", help="Only this kind.")
def retry(ids: tuple[int, ...], *, dead: bool, kind: str) -> None:
    """Send messages again: those whose numbers are given, or all the dead."""
    if bool(ids) is dead:
        raise click.UsageError("Give the numbers of messages, or --dead.")
    click.echo(f"{upkeep.retry(None if dead else ids, kind=kind)} messages will be tried again.")


@outbox.command("drop")
@click.argument("ids", type=int, nargs=-1, required=True)
def drop(ids: tuple[int, ...]) -> None:
    """Give messages up. Whoever must know that they did not leave is told."""
    click.echo(f"{upkeep.drop(ids)} messages were dropped.")


@doctor.command("outbox")
def check_outbox() -> None:
    """Say whether messages leave; exit 1 when somebody should look."""
    for worker in heartbeat.list_workers():
        state = "works" if heartbeat.is_alive(worker) else "gives no sign of life"
        click.echo(
            f"Worker on {worker.host}, process {worker.pid}, {state}, "
            f"last seen {worker.seen_at:%Y-%m-%d %H:%M:%S}"
        )
    problems = upkeep.problems()
    if problems:
        raise click.ClickException(" ".join(problems))
    click.echo("Nothing waits that should have left.")


def init_app(app: Flask) -> None:
    """Add the commands, and what the outbox does for itself."""
    app.cli.add_command(outbox)
    register_handler(endings.FORGET, endings.forget_useless_words)
    register_regular(endings.FORGET, timedelta(hours=1))

    @app.cli.command("worker")
    def worker() -> None:
        """Send what waits in the outbox, until stopped."""
        start.refuse_unready(current_app.config["ALVEOLE"])
        stop = threading.Event()

        def end(*_signal: object) -> None:
            stop.set()
            bell.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        run_forever(app, stop)
