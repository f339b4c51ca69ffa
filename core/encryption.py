"""Sealing what must not be readable in a stolen database: AES-256-GCM with a key ring.

A sealed text is ``v1.<key id>.<base64url(nonce + ciphertext)>``. The newest key seals, every key of
the ring opens, so that keys can be turned without downtime.
"""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_ring: dict[str, AESGCM] = {}
_newest = ""


def configure(secrets: tuple[str, ...]) -> None:
    """Load the ring, newest first. Each secret is at least 32 random bytes, in any text form."""
    global _newest  # noqa: PLW0603  (the ring is process-wide: column types have no application)
    _ring.clear()
    for secret in secrets:
        key = hashlib.sha256(b"alveole encryption at rest" + secret.encode()).digest()
        _ring[_key_id(key)] = AESGCM(key)
    _newest = next(iter(_ring))


def seal(text: str) -> str:
    """Encrypt and authenticate."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + _ring[_newest].encrypt(nonce, text.encode(), _newest.encode())
    return f"v1.{_newest}.{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str) -> str:
    """Decrypt.

    Raises:
        KeyError: the key that sealed it is no longer in the ring.
        cryptography.exceptions.InvalidTag: it was tampered with.
    """
    _version, key_id, body = sealed.split(".", 2)
    raw = base64.urlsafe_b64decode(body)
    plain = _ring[key_id].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], key_id.encode())
    return plain.decode()


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"key id" + key).hexdigest()[:8]
