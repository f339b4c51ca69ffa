"""How much may be sent: judged before anything reads it, whatever its kind and whoever sends it.

A body is small (``MOST_BYTES``, ``MOST_FIELDS``) unless its view says that files come that way.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_content_length

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

F = TypeVar("F", bound=Callable[..., Any])
MOST_BYTES = 500_000
MOST_FIELDS = 100
MOST_BYTES_WITH_FILES = 12 * 1024 * 1024
FORM = "application/x-www-form-urlencoded"
FORM_WITH_FILES = "multipart/form-data"
_JSON_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""A text, ended or not: nothing is looked at twice."""
DRAINED_BYTES = 64 * 1024 * 1024
DRAINED_SECONDS = 10.0
_WINDOW = 64 * 1024


def takes_files(view: F) -> F:
    """Mark a view whose forms bring files: such a body may be large."""
    return takes_large(FORM_WITH_FILES)(view)


def takes_large(kind: str) -> Callable[[F], F]:
    """Mark a view to which large bodies of one ``kind`` are sent, and of no other."""

    def mark(view: F) -> F:
        view.large_body = kind  # type: ignore[attr-defined]
        return view

    return mark


def large_kind(view: object) -> str:
    """Return the kind of body that may be large for a view, if there is one."""
    return str(getattr(view, "large_body", ""))


def refuse_large_bodies() -> None:
    """Refuse by size, then by number of fields, before anything else looks at the body.

    A body that may not be large is kept in memory: it is small, and whoever reads it later reads it
    there. One that may be is not touched here: who is not signed in is refused first.

    Raises:
        RequestEntityTooLarge: it is more than is ever asked for.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if request.mimetype and request.mimetype == large_kind(view):
        request.max_content_length = MOST_BYTES_WITH_FILES
        _refuse_announced(MOST_BYTES_WITH_FILES)
        return
    _refuse_announced(MOST_BYTES)
    if not has_body(request.environ):
        return
    request.max_content_length = MOST_BYTES + 1  # what comes in pieces is cut there, without a word
    body = request.get_data(cache=True)
    if len(body) > MOST_BYTES or _count_fields(body) > MOST_FIELDS:
        raise RequestEntityTooLarge


def has_body(environ: WSGIEnvironment) -> bool:
    """Say whether something is sent: its length, or that it will end by itself, is announced."""
    is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    return is_chunked or bool(get_content_length(environ))


def is_longer(environ: WSGIEnvironment, most: int) -> bool:
    """Say whether more than ``most`` bytes are announced, or no end at all."""
    length = get_content_length(environ)
    return has_body(environ) and (length is None or length > most)


def drain(environ: WSGIEnvironment) -> None:
    """Let who sends too much finish, within reason, so that they can read the answer.

    A browser reads nothing before it has sent everything: closing at once would show it a broken
    connection. Nothing is kept of what comes.
    """
    if "gunicorn.socket" not in environ or not has_body(environ):
        return  # no connection waits behind this request
    body, left, until = environ["wsgi.input"], DRAINED_BYTES, time.monotonic() + DRAINED_SECONDS
    while left > 0 and time.monotonic() < until:
        part = body.read(_WINDOW)
        if not part:
            return
        left -= len(part)


def _refuse_announced(most: int) -> None:
    announced = get_content_length(request.environ)
    if announced is not None and announced > most:
        raise RequestEntityTooLarge


def _count_fields(body: bytes) -> int:
    """Count what would become fields, without making any."""
    if request.mimetype == FORM:
        return body.count(b"&") + 1
    if request.mimetype == FORM_WITH_FILES:
        boundary = request.mimetype_params.get("boundary", "").encode("utf-8", "replace")
        return body.count(b"--" + boundary) - 1 if boundary else 0
    if request.is_json:
        return _JSON_TEXT.sub(b"", body).count(b",") + 1
    return 0  # nothing of ours reads fields out of anything else
