"""Whose page asks: a change asked for by another site is refused, whatever token it carries."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from flask import abort, current_app, request

if TYPE_CHECKING:
    from core.config import Config

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN = frozenset({"same-origin", "none"})
"""What browsers say of our own pages, and of an address that a person typed."""
HIDDEN = "null"
"""What browsers send instead of an origin that a page wants to keep for itself."""


def refuse_foreign_sites() -> None:
    """Refuse, before the token is looked at, what no page of ours has sent."""
    if request.method not in SAFE_METHODS and is_foreign():
        abort(403)


def is_foreign() -> bool:
    """Say whether the browser names another site than ours; who names none is no browser."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in OWN:
        return True
    origin = request.headers.get("Origin")
    if origin == HIDDEN:
        # Pages whose address is a secret tell nobody where they are, not even us. Their forms go to
        # that same address; where browsers say « same-origin » they may go anywhere.
        return site != "same-origin" and "token" not in (request.view_args or {})
    if origin is not None:
        scheme, _sign, host = origin.partition("://")
        return _origin(scheme, host) not in own_origins()
    came_from = parts_of(request.referrer)
    return (
        bool(came_from.netloc) and _origin(came_from.scheme, came_from.netloc) not in own_origins()
    )


def parts_of(address: str | None) -> SplitResult:
    """Split an address that a header gives; what is none has no parts."""
    try:
        return urlsplit(address or "")
    except ValueError:
        return urlsplit("")


def own_origins() -> set[str]:
    """Return the address of this request, as proxies in front tell it, and the configured one."""
    config: Config = current_app.config["ALVEOLE"]
    origins = {_origin(request.scheme, request.host)}
    if config.server.base_url:
        parts = urlsplit(config.server.base_url)
        origins.add(_origin(parts.scheme, parts.netloc))
    return origins


def _origin(scheme: str, host: str) -> str:
    """Write an origin as browsers do: small letters, no usual port."""
    usual = {"http": ":80", "https": ":443"}.get(scheme.lower(), ":")
    return f"{scheme}://{host}".lower().removesuffix(usual)
