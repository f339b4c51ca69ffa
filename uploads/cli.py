"""What « flask doctor » says about files."""

from __future__ import annotations

import click
from flask import current_app

from core import clock
from core.doctor import doctor
from uploads import storage
from uploads.errors import AntivirusUnavailableError, StorageUnavailableError
from uploads.inspection import antivirus
from uploads.upkeep import compare

SHOWN = 10
FAULTS = {
    "does not exist": {"NoSuchBucket", "404"},
    "is refused to storage.s3_access_key": {"AccessDenied", "403", "AllAccessDisabled"},
    "cannot be opened: storage.s3_access_key or storage.s3_secret_key is wrong": {
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidToken",
        "AuthorizationHeaderMalformed",
    },
}
"""What a host can mend, and how services say it."""


def find_storage_fault() -> str | None:
    """Look, keep a file, delete it; return the sentence that says why none can be kept, if so.

    A service that does not answer is no fault of the settings: it may come back by itself.
    """
    store, key = storage.current_storage(), storage.new_key()
    try:
        next(store.walk(), None)  # some services make a missing bucket at the first writing
        store.write(key, b"")
        store.delete(key)
    except StorageUnavailableError as refusal:
        config = current_app.config["ALVEOLE"]
        cause = refusal.__cause__
        if config.storage.backend == "local":
            reason = getattr(cause, "strerror", None) or str(cause)
            return f"files cannot be kept in {config.data_path / 'files'}: {reason}"
        code = getattr(cause, "response", {}).get("Error", {}).get("Code", "")
        return (
            f"storage.s3_bucket: {config.storage.s3_bucket!r} {_words_of(code)}" if code else None
        )
    return None


def _words_of(code: str) -> str:
    fitting = (words for words, codes in FAULTS.items() if code in codes)
    return next(fitting, f"cannot be used ({code})")


@doctor.command("files")
def check_files() -> None:
    """Compare the rows with the storage: every file must have its bytes."""
    fault = find_storage_fault()
    if fault is not None:
        raise click.ClickException(f"{fault}.")
    try:
        findings = compare(clock.now())
    except StorageUnavailableError as error:
        raise click.ClickException("The storage of files does not answer.") from error
    if findings.missing:
        ids = ", ".join(str(id) for id in findings.missing[:SHOWN])
        raise click.ClickException(
            f"{len(findings.missing)} of {findings.files} files have lost their bytes "
            f"(stored_files.id {ids}). Bring them back from a backup."
        )
    if findings.is_doubtful:
        raise click.ClickException(
            f"{len(findings.orphans)} files of the storage belong to no row: this looks like the "
            "wrong database or the wrong storage. Nothing is deleted as long as it does."
        )
    click.echo(f"{findings.files} files, all there; {len(findings.orphans)} to be removed.")


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
