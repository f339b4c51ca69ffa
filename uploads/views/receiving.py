"""Receiving files, for the pages of the features that own them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

from flask import current_app, request
from markupsafe import Markup
from werkzeug.datastructures import FileStorage

from core import rate_limit
from core.errors import (
    DatabaseAwayError,
    DomainError,
    NotFoundError,
    TooManyRequestsError,
    UnavailableError,
)
from core.web import signed_in
from uploads.errors import FileRefusedError
from uploads.forms import SUFFIX, TAKEN_BACK, SentBefore, UploadField, UploadForm, UploadsField
from uploads.inspection.files import MAX_BYTES, MOST_PARTS, refuse_too_much
from uploads.operations import (
    UPLOADS,
    StoredBytes,
    keep_bytes,
    keep_pages,
    keep_portrait,
)
from uploads.queries import find_owner, get_upload_for
from uploads.resumable import (
    cancel_upload,
    collect,
    keep_for_later,
)

NOT_NOW = (FileRefusedError, UnavailableError, TooManyRequestsError)
"""What the form of a file answers itself, see ``say_why_not``: nothing that was chosen is lost."""


def receive_upload(upload: FileStorage) -> StoredBytes:
    """Judge and keep what a form brought, or named, before the operation that will own it.

    Raises:
        FileRefusedError, StorageUnavailableError, TooManyRequestsError: nothing is kept.
    """
    actor = signed_in()
    rate_limit.hit(UPLOADS, str(actor.id))
    with _forgetting_refused([upload]):
        stored = keep_bytes(actor, _content(upload), upload.filename or "")
    return replace(stored, sent_as=_sent_as([upload]))


def receive_portrait(
    upload: FileStorage, box: tuple[float, float, float] | None = None
) -> StoredBytes:
    """Judge and keep a picture of somebody, or a logo: see ``uploads.operations.keep_portrait``.

    Raises:
        FileRefusedError, StorageUnavailableError, TooManyRequestsError: nothing is kept.
    """
    actor = signed_in()
    rate_limit.hit(UPLOADS, str(actor.id))
    with _forgetting_refused([upload]):
        stored = keep_portrait(actor, _content(upload), upload.filename or "", box=box)
    return replace(stored, sent_as=_sent_as([upload]))


def receive_uploads(uploads: Sequence[FileStorage], filename: str = "") -> StoredBytes:
    """Judge and keep several photos and PDFs as one PDF; a single file is kept as it is.

    Raises:
        FileRefusedError, StorageUnavailableError, TooManyRequestsError: nothing is kept.
    """
    if len(uploads) == 1:
        return receive_upload(uploads[0])
    actor = signed_in()
    rate_limit.hit(UPLOADS, str(actor.id))
    parts: list[tuple[bytes, str]] = []
    with _forgetting_refused(uploads):
        for upload in uploads[: MOST_PARTS + 1]:
            parts.append((_content(upload), upload.filename or ""))
            refuse_too_much(parts)  # before the next one takes its room in memory
        stored = keep_pages(actor, parts, filename)
    return replace(stored, sent_as=_sent_as(uploads))


def say_why_not(
    form: UploadForm, field: UploadField | UploadsField, error: DomainError
) -> tuple[int, dict[str, str]]:
    """Say beside the field why its files are not taken now; return status and headers.

    Those that are good and only came at a bad moment are kept for the next try.
    """
    form.keep_after(error)
    field.errors = [str(error.message)]
    wait = {"Retry-After": str(getattr(error, "retry_after", 30))}
    return error.status, wait if error.status in {429, 503} else {}


def keep_late_files(user_id: int) -> list[tuple[str, str]]:
    """Keep the files of a form that came after its session; return the fields that name them."""
    actor = find_owner(user_id)
    named: list[tuple[str, str]] = []
    if actor is None:
        return named
    for name, file in list(request.files.items(multi=True))[:MOST_PARTS]:
        content = file.stream.read(MAX_BYTES + 1)
        with contextlib.suppress(DatabaseAwayError, DomainError):  # then it is chosen again
            upload = keep_for_later(actor, filename=file.filename or "", content=content)
            named.append((f"{name}{SUFFIX}", upload.reference))
    return named


def show_kept_files(name: str, references: list[str], several: bool) -> str:  # noqa: FBT001  (a slot's filler)
    """Return the lines of a form for the files that were kept for its person."""
    line = cast("Callable[..., Markup]", current_app.jinja_env.globals["kept_file"])
    shown = []
    for reference in references[:MOST_PARTS]:
        with contextlib.suppress(NotFoundError):
            upload = get_upload_for(signed_in(), reference)
            shown.append(str(line(f"{name}{SUFFIX}", f"{name}{TAKEN_BACK}", upload, name, several)))
    return "".join(shown)


@contextlib.contextmanager
def _forgetting_refused(uploads: Sequence[FileStorage]) -> Iterator[None]:
    """What was sent before and is refused now need not be offered again."""
    try:
        yield
    except FileRefusedError:
        for file in uploads:
            if isinstance(file, SentBefore) and not file.is_refused:
                file.is_refused = True
                with contextlib.suppress(NotFoundError):  # gone meanwhile
                    cancel_upload(signed_in(), file.upload)
        raise


def _sent_as(uploads: Sequence[FileStorage]) -> tuple[str, ...]:
    return tuple(file.upload.key for file in uploads if isinstance(file, SentBefore))


def _content(upload: FileStorage) -> bytes:
    if isinstance(upload, SentBefore):
        return collect(upload.upload)
    content = upload.stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        content += upload.stream.read()  # the body as a whole is bounded; the message says how much
    return content
