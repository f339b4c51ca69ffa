"""A passkey made of software: what a phone or a security key would answer, or a thief's copy."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

KEYS = "/parametres/securite/cles"
ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, BACKED_UP, HAS_KEY = 0x01, 0x04, 0x18, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "===")


@dataclass
class SoftwareKey:
    """One key pair on one device."""

    count: int = 1
    origin: str = ORIGIN
    flags: int = PRESENT | VERIFIED
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    handle: str = ""

    def make(self, options: dict, **changes) -> str:
        """Answer what « make a passkey » asks."""
        self.handle = options["user"]["id"]
        client = self._client("webauthn.create", options["challenge"])
        numbers = self.private.public_key().public_numbers()
        x, y = (one.to_bytes(32, "big") for one in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        data = self._data(options["rp"]["id"], HAS_KEY)
        data += bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": text(client),
            "attestationObject": text(attestation),
            "transports": ["internal", "hybrid", "moonbeam"],
        }
        return self._written(response, changes)

    def use(self, options: dict, *, forged: bool = False, **changes) -> str:
        """Answer what « use your passkey » asks."""
        client = self._client("webauthn.get", options["challenge"])
        data = self._data(options["rpId"])
        signer = ec.generate_private_key(ec.SECP256R1()) if forged else self.private
        signed = signer.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": text(client),
            "authenticatorData": text(data),
            "signature": text(signed),
            "userHandle": self.handle,
        }
        return self._written(response, changes)

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, site: str, more: int = 0) -> bytes:
        header = hashlib.sha256(site.encode()).digest()
        return header + struct.pack(">BI", self.flags | more, self.count)

    def _written(self, response: dict, changes: dict) -> str:
        response |= changes
        known = text(self.id)
        return json.dumps({"id": known, "rawId": known, "type": "public-key", "response": response})


def ask_for_new(client) -> dict:
    answer = client.post(f"{KEYS}/options", json={})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def add_key(client, key: SoftwareKey | None = None, name: str = "Mon téléphone") -> SoftwareKey:
    key = key or SoftwareKey()
    credential = key.make(ask_for_new(client))
    answer = client.post(KEYS, data={"name": name, "credential": credential})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return key


def sign_in_with(client, key: SoftwareKey, *, suite: str = "", **changes):
    options = client.post("/connexion/cle/options", json={}).json
    key.count += 1
    credential = key.use(options, **changes)
    return client.post("/connexion/cle", data={"credential": credential, "suite": suite})
