"""Random secrets and how they are kept: shown once, stored hashed, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_BYTES = 32
"""256 bits: sessions, links, feeds (security standard, Numbers)."""


def new_token() -> str:
    """Return an unguessable URL-safe secret of 256 bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return what may be stored of a 256-bit token: SHA-256 is enough for such entropy."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_digits(count: int = 6) -> str:
    """Return a one-time code of ``count`` digits."""
    return "".join(secrets.choice("0123456789") for _ in range(count))


def keyed_hash(key: str, *parts: str) -> str:
    """Return HMAC-SHA-256 of ``parts``: for short codes, which a bare hash would not hide."""
    message = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare in constant time; any text is accepted, ASCII or not."""
    return hmac.compare_digest(
        left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass")
    )
