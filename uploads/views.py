"""Receiving and sending files, for the pages of the features that own them."""

from __future__ import annotations

import base64
import contextlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol, cast
from urllib.parse import quote

from flask import Blueprint, Response, current_app, jsonify, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    PreconditionFailed,
    RequestedRangeNotSatisfiable,
    UnsupportedMediaType,
)

from core import rate_limit, reading
from core.application import wants_body
from core.authorization import INSTANCE
from core.body_limits import takes_large
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
from uploads.inspection.files import MAX_BYTES, MOST_PARTS, clean_label, refuse_too_much
from uploads.operations import (
    UPLOADS,
    StoredBytes,
    keep_bytes,
    keep_pages,
    keep_portrait,
    page_image,
)
from uploads.queries import find_owner, get_upload_for
from uploads.resumable import (
    BEGUN,
    begin_upload,
    cancel_upload,
    collect,
    keep_for_later,
    let_go,
    receive_part,
)
from uploads.storage import current_storage

bp = Blueprint("uploads", __name__)
PROTOCOL = "1.0.0"
"""Of tus, whose core we speak, with « creation » and « termination »."""
PART_TYPE = "application/offset+octet-stream"
LONGEST_NUMBER = 12
"""Digits."""
READ = 64 * 1024
NOT_NOW = (FileRefusedError, UnavailableError, TooManyRequestsError)
"""What the form of a file answers itself, see ``say_why_not``: nothing that was chosen is lost."""
SANDBOX = "sandbox; default-src 'none'"
SHOWN = frozenset({"image/jpeg", "image/png"})
"""What browsers may show: pixels that we wrote ourselves."""


class Sendable(Protocol):
    """What is needed of a stored file to send it."""

    key: str
    filename: str
    content_type: str
    size: int


class Picture(Sendable, Protocol):
    """What is needed of a stored picture to show it."""

    sha256: str


class Previewed(Picture, Protocol):
    """What is needed of a stored file to show its pages."""

    pages: int | None


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
        for one in uploads:
            if isinstance(one, SentBefore) and not one.is_refused:
                one.is_refused = True
                with contextlib.suppress(NotFoundError):  # gone meanwhile
                    cancel_upload(signed_in(), one.upload)
        raise


def _sent_as(uploads: Sequence[FileStorage]) -> tuple[str, ...]:
    return tuple(one.upload.key for one in uploads if isinstance(one, SentBefore))


def _content(upload: FileStorage) -> bytes:
    if isinstance(upload, SentBefore):
        return collect(upload.upload)
    content = upload.stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        content += upload.stream.read()  # the body as a whole is bounded; the message says how much
    return content


def send_picture(file: Picture) -> Response:
    """Send a picture of ours (a portrait, a logo) to be shown in a page.

    The caller has decided that the person may see it.

    Raises:
        NotFoundError: it is no picture.
        StorageUnavailableError: before anything was sent.
    """
    if file.content_type not in SHOWN:
        raise NotFoundError
    answer = _inline(file.content_type, file.sha256)
    answer.headers["Cache-Control"] = "private, max-age=300"
    if _is_known(answer):
        return answer
    if wants_body():
        answer.response = current_storage().read(file.key, 0, file.size)
    answer.headers["Content-Length"] = str(file.size)
    return answer


def send_preview(file: Previewed, page: int) -> Response:
    """Send one page of a PDF as a picture, or a picture made smaller, to be shown in a page.

    The caller has decided that the person may see it.

    Raises:
        NotFoundError: there is no such page.
        TooManyRequestsError, StorageUnavailableError, UnavailableError: not now.
    """
    answer = _inline("image/jpeg", f"{file.sha256}-{page}")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.set_data(page_image(signed_in(), file, page))
    return answer


def _inline(content_type: str, etag: str) -> Response:
    answer = Response(mimetype=content_type)
    answer.set_etag(etag)
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _is_known(answer: Response) -> bool:
    """Turn the answer into a 304 when the browser has the picture already."""
    etag, _is_weak = answer.get_etag()
    if etag is None or not request.if_none_match.contains_weak(etag):
        return False
    answer.status_code = 304
    return True


def send_stored_file(file: Sendable) -> Response:
    """Stream a file as a download that no browser will run or show as a page of ours.

    The caller has decided that the person may have it. One range of bytes may be asked for.

    Raises:
        StorageUnavailableError: before anything was sent.
    """
    start, stop = _wanted(file.size)
    body: Iterator[bytes] = iter(())
    if wants_body():
        body = current_storage().read(file.key, start, stop - start)
    is_partial = (start, stop) != (0, file.size)
    answer = Response(body, status=206 if is_partial else 200, mimetype=file.content_type)
    answer.headers["Content-Length"] = str(stop - start)
    answer.headers["Content-Disposition"] = _disposition(file.filename)
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Accept-Ranges"] = "bytes"
    if is_partial:
        answer.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    return answer


def _wanted(size: int) -> tuple[int, int]:
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return 0, size
    if "If-Range" in request.headers:  # we give no validator: only the whole can be right
        return 0, size
    found = asked.range_for_length(size)
    if found is None:
        raise RequestedRangeNotSatisfiable(size)
    return found


def _disposition(filename: str) -> str:
    """Name the file twice: in ASCII for all programs, as it is for those that read RFC 5987."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode("ascii")
    plain = "".join(sign for sign in plain if sign not in '"\\%')
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


# ── Files that come in parts ──────────────────────────────────────────────────────────────────


@bp.before_request
def refuse_another_protocol() -> None:
    """Who names a version of the protocol names ours."""
    if request.headers.get("Tus-Resumable", PROTOCOL) != PROTOCOL:
        raise PreconditionFailed


@bp.after_request
def name_protocol(answer: Response) -> Response:
    answer.headers["Tus-Resumable"] = answer.headers["Tus-Version"] = PROTOCOL
    answer.headers["Tus-Extension"] = "creation,termination"
    answer.headers["Tus-Max-Size"] = str(MAX_BYTES)
    return answer


@bp.post("/envois")
def begin() -> Response:
    """Announce a file: by the headers of the protocol, or by the fields ``name`` and ``size``."""
    actor = signed_in()
    size = _number(request.headers.get("Upload-Length") or request.form.get("size", ""), "size")
    filename = clean_label(_announced_name() or request.form.get("name", ""))
    rate_limit.hit(BEGUN, str(actor.id))
    upload = begin_upload(actor, INSTANCE, filename=filename, size=size)
    answer = jsonify(ok=True, reference=upload.reference, offset=0)
    answer.status_code = 201
    answer.headers["Location"] = url_for("uploads.progress", reference=upload.reference)
    answer.headers["Upload-Offset"] = "0"
    return answer


@bp.route("/envois/<reference>", methods=["HEAD"])
def progress(reference: str) -> Response:
    """Say where the upload stands, so that it goes on from there."""
    upload = get_upload_for(signed_in(), reference)
    answer = Response(status=200)
    answer.headers["Upload-Offset"] = str(upload.received)
    answer.headers["Upload-Length"] = str(upload.size)
    return answer


@bp.patch("/envois/<reference>")
@takes_large(PART_TYPE)
def append(reference: str) -> Response:
    """Keep the next part, as far as it came."""
    actor = signed_in()
    upload = get_upload_for(actor, reference)
    if request.mimetype != PART_TYPE:
        raise UnsupportedMediaType
    offset = _number(request.headers.get("Upload-Offset", ""), "Upload-Offset")
    left = upload.size - upload.received
    let_go()  # a slow line may take minutes: no connection waits with it
    content = _read_part(left)
    offset = receive_part(actor, upload, offset=offset, content=content)
    answer = Response(status=204)
    answer.headers["Upload-Offset"] = str(offset)
    return answer


@bp.delete("/envois/<reference>")
def cancel(reference: str) -> Response:
    """Forget what was sent so far."""
    actor = signed_in()
    cancel_upload(actor, get_upload_for(actor, reference))
    return Response(status=204)


def _read_part(most: int) -> bytes:
    """Read what comes, up to one byte too many; of a line that breaks, what came before."""
    content = bytearray()
    with contextlib.suppress(ClientDisconnected, OSError):
        while len(content) <= most:
            chunk = request.stream.read(min(READ, most + 1 - len(content)))
            if not chunk:
                break
            content += chunk
    return bytes(content)


def _announced_name() -> str:
    """Read the file's name from ``Upload-Metadata``: keys, each with its value in base 64."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _space, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode("utf-8")
            except ValueError as error:
                raise BadRequest from error
    return ""


def _number(text: str, name: str) -> int:
    found = reading.number(text, most=10**LONGEST_NUMBER)
    if found is None:
        raise BadRequest(f"{name} is not a number")
    return found
