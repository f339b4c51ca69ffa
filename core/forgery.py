"""The token that proves a form is one of our pages', written otherwise in each answer.

Pages travel packed, and how well a page packs tells what it repeats: a secret that stood in it the
same way each time could be guessed letter by letter by somebody who makes the browser open pages
with guesses in their address, and watches how long the answers are (BREACH). So each answer masks
the token with chance bytes of its own, which tell nothing and pack no better.
"""

from __future__ import annotations

import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from flask import Flask, g
from flask.globals import _cv_request as request_at_hand
from flask_wtf.csrf import CSRFProtect, generate_csrf


class MaskedTokens(CSRFProtect):
    """Flask-WTF's protection, which reads masked tokens."""

    def init_app(self, app: Flask) -> None:
        """Have every page write masked tokens."""
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = token_of_answer
        app.context_processor(lambda: {"csrf_token": token_of_answer})

    def _get_csrf_token(self) -> str | None:
        given: str | None = super()._get_csrf_token()
        return unmasked(given) if given else None


def token_of_answer() -> str:
    """Return the token of the answer at hand: each of its forms has the same."""
    here: Any = request_at_hand.get(None)
    token = generate_csrf()
    kept = g.get("_masked")
    if kept is None or kept[0] is not here or kept[1] != token:
        kept = g._masked = (here, token, masked(token))
    return str(kept[2])


def masked(token: str) -> str:
    """Return a token under chance bytes, after those bytes."""
    plain = token.encode()
    mask = secrets.token_bytes(len(plain))
    return urlsafe_b64encode(mask + _xor(mask, plain)).rstrip(b"=").decode()


def unmasked(given: str) -> str:
    """Return the token that was masked; what is none is refused by whoever judges it.

    A token as it was signed has dots, a masked one has none.
    """
    if "." in given:
        return given
    try:
        both = urlsafe_b64decode(given.encode() + b"=" * (-len(given) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return ""
    half = len(both) // 2
    return _xor(both[:half], both[half:]).decode("utf-8", "replace")


def _xor(mask: bytes, data: bytes) -> bytes:
    size = min(len(mask), len(data))
    left, right = int.from_bytes(mask[:size]), int.from_bytes(data[:size])
    return (left ^ right).to_bytes(size)
