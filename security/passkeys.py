"""Passkeys (WebAuthn): what a browser is asked, and whether what it answers is right.

The device must recognise its owner by itself (finger, face, PIN): possession and knowledge, or
possession and body, in one gesture. What makes it is not asked (no attestation).
"""

from __future__ import annotations

import ipaddress
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LIFE = timedelta(minutes=5)
LONGEST = 20_000
"""Characters of an answer: the largest real ones have a tenth of that."""
_BYTES = 32
_TRANSPORTS = {transport.value for transport in AuthenticatorTransport}
_MILLISECONDS = int(LIFE.total_seconds() * 1000)


@dataclass(frozen=True)
class Site:
    """Who asks: keys made for one site are of no use to any other."""

    id: str
    origin: str
    name: str


@dataclass(frozen=True)
class Owner:
    """For whom a key is made, as the device will list it."""

    handle: str
    email: str
    display_name: str


@dataclass(frozen=True)
class KnownKey:
    """What is kept of a key."""

    id: str
    public_key: str
    transports: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewKey:
    """A key that was just made."""

    id: str
    public_key: str
    sign_count: int
    transports: tuple[str, ...]
    is_backed_up: bool


@dataclass(frozen=True)
class Answer:
    """What a browser sent back, not judged yet."""

    key_id: str
    challenge: str
    user_handle: str
    credential: Mapping[str, Any]


@dataclass(frozen=True)
class Signed:
    """A right signature."""

    sign_count: int
    is_backed_up: bool


def site(base_url: str, name: str) -> Site | None:
    """Return who asks, from the address that the configuration names.

    A key belongs to a name: an address in digits has none, except one's own machine.
    """
    parts = urlsplit(base_url)
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        if not address.is_loopback:
            return None
        host = "localhost"
    return Site(host, f"{parts.scheme}://{host}{port}", name) if host else None


def new_challenge() -> str:
    """Return what is to be signed."""
    return bytes_to_base64url(secrets.token_bytes(_BYTES))


def new_handle() -> str:
    """Return a name for an account that says nothing about it."""
    return bytes_to_base64url(secrets.token_bytes(_BYTES))


def registration_options(
    site: Site, owner: Owner, challenge: str, known: Iterable[KnownKey]
) -> dict[str, Any]:
    """Return what the browser needs to make a key; a device that has one already is told."""
    options = generate_registration_options(
        rp_id=site.id,
        rp_name=site.name,
        user_id=base64url_to_bytes(owner.handle),
        user_name=owner.email,
        user_display_name=owner.display_name,
        challenge=base64url_to_bytes(challenge),
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(known),
    )
    return _plain(options)


def sign_in_options(site: Site, challenge: str, known: Iterable[KnownKey] = ()) -> dict[str, Any]:
    """Return what the browser needs to use a key; without ``known``, the person chooses one."""
    options = generate_authentication_options(
        rp_id=site.id,
        challenge=base64url_to_bytes(challenge),
        timeout=_MILLISECONDS,
        allow_credentials=_described(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options)


def _plain(options: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(options_to_json(options))
    return plain


def _described(known: Iterable[KnownKey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(key.id),
            transports=[AuthenticatorTransport(transport) for transport in key.transports],
        )
        for key in known
    ]


def read(text: str) -> Answer | None:
    """Read what a browser sent; nothing if it is not even shaped like an answer."""
    if len(text) > LONGEST:
        return None
    try:
        credential = json.loads(text)
        response = credential["response"]
        client = parse_client_data_json(base64url_to_bytes(response["clientDataJSON"]))
        raw_id = base64url_to_bytes(credential["rawId"])
        handle = response.get("userHandle") or ""
        if client.cross_origin or not isinstance(handle, str):
            return None
        return Answer(
            key_id=bytes_to_base64url(raw_id),
            challenge=bytes_to_base64url(client.challenge),
            user_handle=handle.rstrip("="),
            credential=credential,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def judge_new(site: Site, answer: Answer) -> NewKey | None:
    """Return the key that was made, if everything about it is right.

    Whether its challenge was ours is for the caller to say: it is the one in ``answer``.
    """
    try:
        registration = verify_registration_response(
            credential=dict(answer.credential),
            expected_challenge=base64url_to_bytes(answer.challenge),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
        transports = answer.credential["response"].get("transports") or []
        return NewKey(
            id=bytes_to_base64url(registration.credential_id),
            public_key=bytes_to_base64url(registration.credential_public_key),
            sign_count=registration.sign_count,
            transports=tuple(
                sorted({transport for transport in transports if transport in _TRANSPORTS})
            ),
            is_backed_up=registration.credential_backed_up,
        )
    except Exception:  # noqa: BLE001  (whatever bytes a stranger sends, the answer is no)
        return None


def judge(site: Site, answer: Answer, key: KnownKey) -> Signed | None:
    """Say whether the answer was signed by this key, by its recognised owner, for this site.

    The counter is given back, for the caller to compare where nobody else can at the same time.
    """
    try:
        authentication = verify_authentication_response(
            credential=dict(answer.credential),
            expected_challenge=base64url_to_bytes(answer.challenge),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001  (whatever bytes a stranger sends, the answer is no)
        return None
    if base64url_to_bytes(key.id) != authentication.credential_id:
        return None
    return Signed(
        sign_count=authentication.new_sign_count, is_backed_up=authentication.credential_backed_up
    )
