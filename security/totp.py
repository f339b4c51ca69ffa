"""Authenticator applications (RFC 6238): SHA-1, six digits, thirty seconds, as all of them do."""

from __future__ import annotations

import base64
import io
from datetime import datetime

import pyotp
import qrcode
from qrcode.image.svg import SvgPathFillImage

from core import tokens

PERIOD = 30
TOLERANCE = 1
"""Steps either side: a person needs time to type, and clocks differ a little."""
HINT = 10
"""Steps within which a wrong code is explained: the phone's clock is off."""
SECRET_LETTERS = 32
"""Of base32, that is 160 bits."""


def new_secret() -> str:
    """Return a new shared secret."""
    return pyotp.random_base32(SECRET_LETTERS)


def step_of(now: datetime) -> int:
    """Return the number of the time step."""
    return int(now.timestamp()) // PERIOD


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the step for which the code is right, at most one away from now."""
    return _find(secret, code, range(-TOLERANCE, TOLERANCE + 1), now)


def drifted_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the step for which the code would be right if the phone's clock were."""
    return _find(secret, code, range(-HINT, HINT + 1), now)


def setup_uri(secret: str, account: str, issuer: str) -> str:
    """Return the address that the QR picture carries."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def setup_picture(uri: str) -> str:
    """Return the QR picture as the source of an ``img``: made here, seen by nobody else."""
    out = io.BytesIO()
    qrcode.make(uri, image_factory=SvgPathFillImage, box_size=10, border=4).save(out)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()


def show_key(secret: str) -> str:
    """Write the setup key in groups of four."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _find(secret: str, code: str, steps: range, now: datetime) -> int | None:
    generator = pyotp.TOTP(secret)
    current = step_of(now)
    matching = None
    for distance in steps:  # every one is looked at: how long it takes says nothing
        step = current + distance
        if step >= 0 and tokens.same(generator.generate_otp(step), code):
            matching = step if matching is None else matching
    return matching
