"""Pages travel packed, for whoever unpacks them.

What forms prove is masked anew in each answer (``core.forgery``), and each packed page is longer by
a chance number of bytes: lengths tell little of what else it says.
"""

from __future__ import annotations

import gzip
import secrets
from io import BytesIO

from flask import Flask, Response, request

WORTHWHILE = 1000
"""Bytes: what is shorter travels in one packet anyway."""
LEVEL = 1
"""A page of forty kilobytes is a tenth of it at the first level, after a third of the work."""
NOISE = 100
"""Bytes by which a packed page may be longer, at most."""
_PAGES = {"text/html", "application/json"}


def packed(content: bytes) -> bytes:
    """Pack a page; a name that nobody reads makes it longer by chance."""
    packed = BytesIO()
    name = "a" * secrets.randbelow(NOISE)
    with gzip.GzipFile(name, "wb", LEVEL, packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def _pack(answer: Response) -> Response:
    if answer.mimetype not in _PAGES or answer.is_streamed or answer.direct_passthrough:
        return answer
    answer.vary.add("Accept-Encoding")
    is_as_made = "Content-Encoding" not in answer.headers and "ETag" not in answer.headers
    if is_as_made and request.accept_encodings["gzip"] > 0:
        content = answer.get_data()
        if len(content) >= WORTHWHILE:
            answer.set_data(packed(content))
            answer.content_encoding = "gzip"
    return answer


def init_app(app: Flask) -> None:
    """Pack last: register this before whatever reads or changes a page."""
    app.after_request(_pack)
