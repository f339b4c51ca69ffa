"""The frame of every page: default deny, headers, one translation of refusals into pages."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

import structlog
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.globals import request_ctx
from flask_babel import get_locale
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from core import late_forms
from core.authorization import Actor, Anonymous, can
from core.database import db
from core.errors import DomainError, TooManyRequestsError
from core.extensions import babel, csrf, login_manager
from core.page_slots import filled
from core.transaction import transaction
from core.wording import FILTERS

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.routing import Map

    from core.config import Config

log = structlog.get_logger(__name__)
F = TypeVar("F", bound=Callable[..., Any])
LONGEST_PATH = 2000
"""Of an address that one comes back to: it waits in a cookie, of which browsers keep 4 kB."""
LANGUAGES = ("fr", "en")
CSP = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data:; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "form-action 'self'; "
    "manifest-src 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'; "
    "object-src 'none'"
)


class NumberConverter(IntegerConverter):
    """An id in an address: what no row can have does not exist, rather than upset the database."""

    regex = r"[0-9]{1,10}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def public(view: F) -> F:
    """Mark a view as open to everyone; all the others need a signed-in person."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def cookieless(view: F) -> F:
    """Mark a view that outside programs poll: no session is read, no cookie is set."""
    view.is_cookieless = True  # type: ignore[attr-defined]
    return public(view)


def unattended(view: F) -> F:
    """Mark a view that open pages ask by themselves: asking it keeps no session alive."""
    view.is_unattended = True  # type: ignore[attr-defined]
    return view


def current_actor() -> Any:
    """Return the signed-in person, else a visitor."""
    return current_user._get_current_object() if current_user.is_authenticated else Anonymous()


def safe_next(target: str | None) -> str | None:
    """Return ``target`` if it is a path of ours, else nothing (never another site)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if len(target) > LONGEST_PATH:
        return None
    if any(ord(character) < ord(" ") for character in target) or "\\" in target:
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def observe(write: Callable[[], object]) -> None:
    """Write an observation (last seen, last fetch) that must not hold up or fail the page."""
    try:
        with transaction():
            write()
    except Exception:  # the page matters more than having noted that it was seen
        log.exception("observation_failed")


def is_cookieless_request() -> bool:
    """Say whether the view at hand works without a session."""
    view = current_app.view_functions.get(request.endpoint or "")
    return request.endpoint == "static" or getattr(view, "is_cookieless", False)


def is_unattended_request() -> bool:
    """Say whether the page asks by itself, without anybody having done anything."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "is_unattended", False)


def _require_user() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint == "static" or request.routing_exception:
        return None  # what has no view, or cannot be served, says so itself
    view = current_app.view_functions[request.endpoint]
    if getattr(view, "is_public", False) or current_user.is_authenticated:
        return None
    if request.method != "GET" or _wants_json():
        abort(401)
    back = request.full_path.rstrip("?")
    return redirect(url_for("security.sign_in", suite=back))


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" or request.is_json


def _refuse_foreign_sites() -> None:
    """Fetch metadata: a change asked for by another site is refused, whatever it carries."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)


def _number_request() -> None:
    g.reference = f"{secrets.token_hex(2)}-{secrets.token_hex(1)}".upper()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(
        request=g.reference, method=request.method, path=request.path
    )


def _refuse(error: DomainError) -> ResponseReturnValue:
    answer = _error_answer(error.status, str(error.message), error.code)
    if isinstance(error, TooManyRequestsError):
        answer.headers["Retry-After"] = str(error.retry_after)
    if error.status == 503:  # noqa: PLR2004
        answer.headers["Retry-After"] = "30"
    return answer


def _refuse_http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:  # noqa: PLR2004
        return error.get_response()
    if request_ctx.url_adapter is None:  # under a name that is not ours no page has an address
        return error.get_response()
    if error.code == 401:  # noqa: PLR2004
        return _refuse_signed_out()
    return _error_answer(error.code or 500, "", error.name.lower().replace(" ", "_"))


def _refuse_forgery(_error: CSRFError) -> ResponseReturnValue:
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "is_public", False) and not current_user.is_authenticated:
        return _refuse_signed_out()  # without a session no token can be right
    token = late_forms.keep_what_was_typed()
    message = late_forms.KEPT_PAGE if token else late_forms.OLD_PAGE
    answer = _error_answer(403, str(message), "expired_form", page="expired_form")
    return late_forms.hand_over(answer, token)


def _refuse_signed_out() -> ResponseReturnValue:
    token = late_forms.keep_what_was_typed()
    message = late_forms.KEPT_SIGNED_OUT if token else late_forms.SIGNED_OUT
    answer = _error_answer(401, str(message), "signed_out", page="signed_out")
    return late_forms.hand_over(answer, token)


def _break(error: Exception) -> ResponseReturnValue:
    log.error("unexpected_error", exc_info=error)
    db.session.rollback()
    return _error_answer(500, "", "internal_error", safe_mode=True)


def _error_answer(
    status: int, message: str, code: str, *, page: str = "", safe_mode: bool = False
) -> Response:
    if _wants_json():
        answer = current_app.json.response({"ok": False, "error": code, "message": message})
    else:
        known = status if status in {403, 404, 409, 413, 429, 500, 503} else "generic"
        words = render_template(
            f"errors/{page or known}.html",
            page_of_the_form=late_forms.page_of_the_form,
            message=message,
            status=status,
            reference=g.get("reference", ""),
            safe_mode=safe_mode or status >= 500,  # noqa: PLR2004
        )
        answer = current_app.make_response(words)
    answer.status_code = status
    return cast("Response", answer)


def _secure(answer: Response) -> Response:
    headers = answer.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault(
        "Referrer-Policy", "no-referrer" if "token" in (request.view_args or {}) else "same-origin"
    )
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if not current_app.config["ALVEOLE"].is_demo:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint == "static":
        versioned = "v" in request.args
        headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if versioned else "no-cache"
        )
    else:
        headers.setdefault("Cache-Control", "no-store")
    return answer


def _choose_locale() -> str:
    if request:
        chosen = getattr(current_user, "locale", None) if not is_cookieless_request() else None
        if chosen in LANGUAGES:
            return str(chosen)
        asked = request.accept_languages.best_match(LANGUAGES)
        if asked:
            return asked
    return str(current_app.config["ALVEOLE"].instance.default_locale)


@lru_cache(maxsize=512)
def _static_hash(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """Return the address of a static file with its content's hash, cacheable for ever."""
    folder = current_app.static_folder or "static"
    return _asset_address(request.script_root if request else None, folder, filename)


@lru_cache(maxsize=512)  # a page names the file of icons a hundred times
def _asset_address(_root: str | None, folder: str, filename: str) -> str:
    return url_for("static", filename=filename, v=_static_hash(str(Path(folder) / filename)))


def _install_components(app: Flask) -> None:
    """Make every public macro of templates/components/ a global: pages import nothing."""
    with app.app_context():
        for name in app.jinja_env.list_templates(filter_func=lambda n: n.startswith("components/")):
            module = app.jinja_env.get_template(name).module
            macros = {k: v for k, v in vars(module).items() if not k.startswith("_")}
            app.jinja_env.globals.update({k: v for k, v in macros.items() if callable(v)})


def init_app(app: Flask, config: Config) -> None:
    """Install the guard, the headers, the languages, the error pages."""
    if config.server.proxy_count > 0:
        hops = config.server.proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.url_map.converters["int"] = NumberConverter
    babel.init_app(app, locale_selector=_choose_locale)
    csrf.init_app(app)
    login_manager.init_app(app)
    app.before_request(_number_request)
    app.before_request(_refuse_foreign_sites)
    app.before_request(_require_user)
    app.after_request(_secure)
    late_forms.init_app(app, lambda: current_actor().id)
    app.register_error_handler(CSRFError, _refuse_forgery)
    app.register_error_handler(DomainError, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(Exception, _break)
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        asset=asset,
        can=_may,
        get_locale=get_locale,
        nav_tabs=lambda: filled("nav_tab", current_actor()),
        settings_menu=lambda: filled("settings_menu", current_actor()),
        page_notices=lambda: filled("page_notice", current_actor()),
        me_url=lambda: _first("me_url"),
        my_photo=lambda: next(iter(filled("my_photo", current_actor())), None),
        settings_home_url=lambda: _first("settings_home_url"),
        config_public_security=config.security,
        mailbox_open=config.has_mailbox,
        config_public=config.instance,
        demo_mode=config.is_demo,
    )
    app.context_processor(lambda: {"actor": None if is_cookieless_request() else _person()})
    _install_components(app)


def _first(slot: str) -> str:
    """Return the address that the topmost package gave for this person, else the home page."""
    addresses = filled(slot, current_actor())
    return str(addresses[0]) if addresses else url_for("home.index")


def _person() -> Any:
    actor = current_actor()
    return None if isinstance(actor, Anonymous) else actor


def _may(permission: str, subject: object) -> bool:
    """Ask the table of rights from a template; a StrEnum equals its text, so the text is enough."""
    actor: Actor = current_actor()
    return can(actor, permission, subject)  # type: ignore[arg-type]
