"""Static files: their addresses, which change with their content, and how they are sent."""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from flask import Flask, Response, abort, current_app, request, send_file, url_for
from flask.globals import _cv_request as request_at_hand
from werkzeug.security import safe_join

from core import behaviours, stylesheet
from core.stylesheet import fingerprint

JOINED = {stylesheet.NAME: stylesheet.joined, behaviours.NAME: behaviours.joined}
"""What is many files in the folder, and one on its way."""
TEXTS = (".css", ".js", ".svg", ".txt")
"""What becomes smaller on its way: pictures and fonts are packed already."""


def asset(filename: str) -> str:
    """Return the address of a static file with its content's hash, cacheable for ever."""
    here = request_at_hand.get(None)
    root = here.url_adapter.script_name if here is not None and here.url_adapter else None
    return _address(root, filename)


@lru_cache(maxsize=512)  # a page names the file of icons a hundred times
def _address(_root: str | None, filename: str) -> str:
    return url_for("static", filename=filename, v=fingerprint(_content(filename)))


def _content(filename: str) -> bytes:
    folder = current_app.static_folder or "static"
    if filename in JOINED:
        return JOINED[filename](folder)
    path = safe_join(folder, filename)
    if path is None or not Path(path).is_file():
        abort(404)
    return Path(path).read_bytes()


@lru_cache(maxsize=256)  # once a process: at the best level this takes its time
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _send(filename: str) -> Response:
    """Send a static file: what is joined as a whole, text packed for whoever unpacks it."""
    if not filename.endswith(TEXTS):
        return current_app.send_static_file(filename)
    content = _content(filename)
    version = fingerprint(content)
    is_packed = request.accept_encodings["gzip"] > 0
    answer = send_file(
        BytesIO(_packed(content) if is_packed else content),
        mimetype=mimetypes.guess_type(filename)[0],
        etag=f"{version}-gzip" if is_packed else version,
    )
    if is_packed:
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    return answer


def init_app(app: Flask) -> None:
    """Send static files from here; one that lacks is said at the start."""
    app.view_functions["static"] = _send
    for join in JOINED.values():
        join(app.static_folder or "static")
    app.jinja_env.globals["asset"] = asset
