"""Sending stored files and pictures, for the pages of the features that own them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import (
    RequestedRangeNotSatisfiable,
)

from core.application import wants_body
from core.errors import (
    NotFoundError,
)
from core.web import signed_in
from uploads.operations import (
    page_image,
)
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
    bounds = asked.range_for_length(size)
    if bounds is None:
        raise RequestedRangeNotSatisfiable(size)
    return bounds


def _disposition(filename: str) -> str:
    """Name the file twice: in ASCII for all programs, as it is for those that read RFC 5987."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode("ascii")
    plain = "".join(sign for sign in plain if sign not in '"\\%')
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
