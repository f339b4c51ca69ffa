"""Files that come in parts: the core of tus, with « creation » and « termination »."""

from __future__ import annotations

import base64
import contextlib

from flask import Response, jsonify, request, url_for
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    PreconditionFailed,
    UnsupportedMediaType,
)

from core import rate_limit, reading
from core.authorization import INSTANCE
from core.body_limits import takes_large
from core.web import signed_in
from uploads.forms import AnnouncementForm
from uploads.inspection.files import MAX_BYTES, clean_label
from uploads.queries import get_upload_for
from uploads.resumable import (
    BEGUN,
    begin_upload,
    cancel_upload,
    let_go,
    receive_part,
)
from uploads.views.blueprint import bp

PROTOCOL = "1.0.0"
"""Of tus."""
PART_TYPE = "application/offset+octet-stream"
LONGEST_NUMBER = 12
"""Digits."""
READ = 64 * 1024


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
    actor, form = signed_in(), AnnouncementForm()
    size = _number(request.headers.get("Upload-Length") or form.size.data or "", "size")
    filename = clean_label(_announced_name() or form.name.data or "")
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
    number = reading.number(text, most=10**LONGEST_NUMBER)
    if number is None:
        raise BadRequest(f"{name} is not a number")
    return number
