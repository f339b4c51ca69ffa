"""Cookies beside the session's: none of them says anything that opens an account.

The browser that is known here, an identifier to fill in, and what is to be said once.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

from flask import current_app, request
from werkzeug.wrappers import Response

from core import tokens

LIFE = timedelta(days=365)
SAYING = timedelta(minutes=5)
BROWSER = "browser"
SAID = "said"
IDENTIFIER = "identifier"
LONGEST = 254
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def browser() -> str:
    """Return the token of this browser; a new one until ``keep_browser`` sends it along."""
    token = request.cookies.get(_name(BROWSER), "")
    return token if _TOKEN.fullmatch(token) else tokens.new_token()


def keep_browser(answer: Response, token: str) -> None:
    """Know this browser again: it has just finished a sign-in."""
    answer.set_cookie(_name(BROWSER), token, max_age=LIFE, **_settings())


def identifier() -> str:
    """Return what was typed last time to say who one is, if that was to be remembered."""
    typed = unquote(request.cookies.get(_name(IDENTIFIER), ""))
    return typed if len(typed) <= LONGEST and typed.isprintable() else ""


def remember_identifier(answer: Response, typed: str) -> None:
    """Fill it in next time; the password is never kept."""
    kept = quote(typed.strip()[:LONGEST], safe="@+")
    answer.set_cookie(_name(IDENTIFIER), kept, max_age=LIFE, **_settings())


def forget_identifier(answer: Response) -> None:
    """Fill nothing in any more."""
    if _name(IDENTIFIER) in request.cookies:
        answer.delete_cookie(_name(IDENTIFIER), **_settings())


def said(session_id: int) -> str:
    """Return what is to be said once in this session, as ``core.flashes`` writes it."""
    owner, _dot, text = request.cookies.get(_name(SAID), "").partition(":")
    return text if owner == str(session_id) else ""


def keep_said(answer: Response, session_id: int, text: str) -> None:
    """Say it on the next page of this session; empty to say nothing more."""
    if text:
        answer.set_cookie(_name(SAID), f"{session_id}:{text}", max_age=SAYING, **_settings())
    else:
        answer.delete_cookie(_name(SAID), **_settings())


def _name(name: str) -> str:
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def _settings() -> dict[str, Any]:
    return {
        "path": "/",
        "httponly": True,
        "secure": current_app.config["SESSION_COOKIE_SECURE"],
        "samesite": "Lax",
    }
