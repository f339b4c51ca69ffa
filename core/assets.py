"""Static files: their addresses, which change with their content, and how they are sent."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from flask import Flask, Response, current_app, send_file, url_for
from flask.globals import _cv_request as request_at_hand

from core import stylesheet


def asset(filename: str) -> str:
    """Return the address of a static file with its content's hash, cacheable for ever."""
    here = request_at_hand.get(None)
    root = here.url_adapter.script_name if here is not None and here.url_adapter else None
    return _address(root, filename)


@lru_cache(maxsize=512)  # a page names the file of icons a hundred times
def _address(_root: str | None, filename: str) -> str:
    return url_for("static", filename=filename, v=_hash(_content(filename)))


def _content(filename: str) -> bytes:
    folder = current_app.static_folder or "static"
    if filename == stylesheet.NAME:
        return stylesheet.joined(folder)
    return Path(folder, filename).read_bytes()


@lru_cache(maxsize=512)
def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _send(filename: str) -> Response:
    """Send a file of the static folder: the stylesheet with all that it imports."""
    if filename != stylesheet.NAME:
        return current_app.send_static_file(filename)
    sheet = _content(filename)
    return send_file(BytesIO(sheet), mimetype="text/css", etag=_hash(sheet))


def init_app(app: Flask) -> None:
    """Send static files from here; one that lacks is said at the start."""
    app.view_functions["static"] = _send
    stylesheet.joined(app.static_folder or "static")
    app.jinja_env.globals["asset"] = asset
