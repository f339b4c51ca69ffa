"""Whose form this is: the secret that its token is made of names the account it was shown to.

Two tabs of one browser share a cookie. When somebody else signs in in the second, a form of the
first would otherwise act in their name.
"""

from __future__ import annotations

import secrets

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from core.forgery import unmasked

NAME = "csrf_token"
HEADERS = ("X-CSRFToken", "X-CSRF-Token")
_SALT = "wtf-csrf-token"
"""Flask-WTF's own: what it signs is read here."""


def new_secret(user_id: int) -> str:
    """Make what the tokens of one session are made of."""
    return f"{user_id}.{secrets.token_hex(20)}"


def account_of_form() -> int | None:
    """Return to whom the form at hand was shown, if its token is one of ours and says it."""
    given = request.form.get(NAME) or next(
        (request.headers[name] for name in HEADERS if name in request.headers), ""
    )
    signer = URLSafeTimedSerializer(current_app.secret_key or "", salt=_SALT)
    try:
        secret = signer.loads(unmasked(given))
    except BadData:
        return None
    owner, dot, _rest = str(secret).partition(".")
    return int(owner) if dot and owner.isdecimal() else None


def is_of_another(user_id: int | None) -> bool:
    """Say whether the form was shown to somebody else than who is signed in now."""
    owner = account_of_form() if user_id is not None else None
    return owner is not None and owner != user_id
