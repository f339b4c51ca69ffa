"""What « flask doctor » says about files."""

from __future__ import annotations

import click
from flask import current_app

from core import clock
from core.doctor import doctor
from uploads.errors import AntivirusUnavailableError, StorageUnavailableError
from uploads.inspection import antivirus
from uploads.upkeep import compare

SHOWN = 10


@doctor.command("files")
def check_files() -> None:
    """Compare the rows with the storage: every file must have its bytes."""
    try:
        found = compare(clock.now())
    except StorageUnavailableError as error:
        raise click.ClickException("The storage of files does not answer.") from error
    if found.missing:
        ids = ", ".join(str(id) for id in found.missing[:SHOWN])
        raise click.ClickException(
            f"{len(found.missing)} of {found.files} files have lost their bytes "
            f"(stored_files.id {ids}). Bring them back from a backup."
        )
    if found.is_doubtful:
        raise click.ClickException(
            f"{len(found.orphans)} files of the storage belong to no row: this looks like the "
            "wrong database or the wrong storage. Nothing is deleted as long as it does."
        )
    click.echo(f"{found.files} files, all there; {len(found.orphans)} to be tidied away.")


@doctor.command("antivirus")
def check_antivirus() -> None:
    """Have the antivirus judge the harmless file that every antivirus answers to."""
    config = current_app.config["ALVEOLE"].uploads
    if not config.clamd:
        click.echo("No antivirus is configured (uploads.clamd).")
        return
    try:
        answer = antivirus.ask(config, antivirus.HARMLESS_VIRUS)
    except AntivirusUnavailableError as error:
        raise click.ClickException(
            f"The antivirus at {config.clamd} does not answer: no file is taken."
        ) from error
    if not answer.endswith("FOUND"):
        raise click.ClickException(
            f"The antivirus at {config.clamd} does not recognise the test file: {answer}"
        )
    click.echo("The antivirus answers, and recognises the test file.")
