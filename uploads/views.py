"""Receiving and sending files, for the pages of the features that own them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import quote

from flask import Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from core import rate_limit
from core.web import current_actor
from uploads.inspection.files import MAX_BYTES
from uploads.operations import UPLOADS, StoredBytes, keep_bytes
from uploads.storage import current_storage

SANDBOX = "sandbox; default-src 'none'"


class Sendable(Protocol):
    """What is needed of a stored file to send it."""

    key: str
    filename: str
    content_type: str
    size: int


def receive_upload(upload: FileStorage) -> StoredBytes:
    """Judge and keep what a form brought, before the operation that will own it.

    Raises:
        FileRefusedError, StorageUnavailableError, TooManyRequestsError: nothing is kept.
    """
    actor = current_actor()
    rate_limit.hit(UPLOADS, str(actor.id))
    content = upload.stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        content += upload.stream.read()  # the body as a whole is bounded; the message says how much
    return keep_bytes(actor, content, upload.filename or "")


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
