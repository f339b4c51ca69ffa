"""Sealing what must not be readable in a stolen database: AES-256-GCM with a key ring.

A sealed text is ``v2.<key id>.<base64url(nonce + ciphertext)>``, and opens only in the cell that
it was sealed for: table, column and row are authenticated with it. The newest key seals, every key
of the ring opens, so that keys can be turned without downtime. ``v1`` was bound to its key alone.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
FORM, OLD_FORM = "v2", "v1"
MARK_LENGTH = len("v2.01234567.")
_ring: dict[str, AESGCM] = {}
_audit_keys: dict[str, bytes] = {}
_newest = ""


@dataclass(frozen=True)
class Cell:
    """Where a sealed text stands."""

    table: str
    column: str
    row_id: int


class MissingKeyError(Exception):
    """The key that sealed it is not in the ring; names it."""


def configure(secrets: tuple[str, ...]) -> None:
    """Load the ring, newest first. Each secret is at least 32 random bytes, in any text form."""
    global _newest  # noqa: PLW0603  (the ring is process-wide: column types have no application)
    _ring.clear()
    _audit_keys.clear()
    for secret in secrets:
        key = hashlib.sha256(b"alveole encryption at rest" + secret.encode()).digest()
        _ring[_key_id(key)] = AESGCM(key)
        _audit_keys[_key_id(key)] = hashlib.sha256(b"alveole audit" + secret.encode()).digest()
    _newest = next(iter(_ring))


def seal(text: str, cell: Cell) -> str:
    """Encrypt and authenticate, for one cell."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + _ring[_newest].encrypt(nonce, text.encode(), _bound(_newest, cell))
    return f"{current_mark()}{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str, cell: Cell) -> str:
    """Decrypt.

    Raises:
        MissingKeyError: the key that sealed it is no longer in the ring.
        cryptography.exceptions.InvalidTag: it was tampered with, or comes from another cell.
    """
    form, key_id, body = sealed.split(".", 2)
    if key_id not in _ring:
        raise MissingKeyError(key_id)
    bound = key_id.encode() if form == OLD_FORM else _bound(key_id, cell)
    raw = base64.urlsafe_b64decode(body)
    return _ring[key_id].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound).decode()


def current_mark() -> str:
    """Return what everything begins with that is sealed today."""
    return f"{FORM}.{_newest}."


def key_ids() -> list[str]:
    """Return the names of the keys in the ring, newest first."""
    return list(_ring)


def audit_key(key_id: str = "") -> tuple[str, bytes]:
    """Return the key of audit seals that comes from one key of the ring, else from the newest.

    Raises:
        MissingKeyError: it is no longer in the ring.
    """
    key_id = key_id or _newest
    if key_id not in _audit_keys:
        raise MissingKeyError(key_id)
    return key_id, _audit_keys[key_id]


def _bound(key_id: str, cell: Cell) -> bytes:
    return f"{FORM}|{key_id}|{cell.table}|{cell.column}|{cell.row_id}".encode()


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"key id" + key).hexdigest()[:8]
