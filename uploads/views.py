"""Receiving and sending files, for the pages of the features that own them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Protocol
from urllib.parse import quote

from flask import Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from core import rate_limit
from core.errors import NotFoundError
from core.web import current_actor
from uploads.inspection.files import MAX_BYTES
from uploads.operations import UPLOADS, StoredBytes, keep_bytes, keep_pages, page_image
from uploads.storage import current_storage

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
    """Judge and keep what a form brought, before the operation that will own it.

    Raises:
        FileRefusedError, StorageUnavailableError, TooManyRequestsError: nothing is kept.
    """
    actor = current_actor()
    rate_limit.hit(UPLOADS, str(actor.id))
    return keep_bytes(actor, _content(upload), upload.filename or "")


def receive_uploads(uploads: Sequence[FileStorage], filename: str = "") -> StoredBytes:
    """Judge and keep several photos and PDFs as one PDF; a single file is kept as it is.

    Raises:
        FileRefusedError, StorageUnavailableError, TooManyRequestsError: nothing is kept.
    """
    if len(uploads) == 1:
        return receive_upload(uploads[0])
    actor = current_actor()
    rate_limit.hit(UPLOADS, str(actor.id))
    parts = [(_content(upload), upload.filename or "") for upload in uploads]
    return keep_pages(actor, parts, filename)


def _content(upload: FileStorage) -> bytes:
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
    if request.method != "HEAD":
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
    answer.set_data(page_image(file, page))
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
    if request.method != "HEAD":
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
