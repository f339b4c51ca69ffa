"""The frame of every page: default deny, headers, one translation of refusals into pages."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import structlog
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    request,
    url_for,
)
from flask.globals import _cv_app as application_at_hand
from flask.globals import _cv_request as request_at_hand
from flask_babel import get_locale
from flask_login import current_user
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from core import assets, bidi, bricks, late_forms, numbering, packing, refusals, sentences
from core.authorization import Actor, Anonymous, can
from core.body_limits import refuse_large_bodies
from core.database_faults import FAULT
from core.errors import DatabaseAwayError
from core.extensions import babel, csrf, login_manager
from core.origins import refuse_foreign_sites
from core.page_slots import filled
from core.refusals import wants_json
from core.transaction import let_go, transaction
from core.wording import FILTERS

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.routing import Map

    from core.config import Config
    from security.models import User

log = structlog.get_logger(__name__)
F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
LONGEST_PATH = 2000
"""Of an address that one comes back to: it waits in a cookie, of which browsers keep 4 kB."""
LANGUAGES = ("fr", "en")
PERSON_LOCALE = "alveole.person_locale"
"""Where a request keeps the language of its person, which an error page needs as well."""
_NOBODY = Anonymous()
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
_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


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


def current_actor() -> User | Anonymous:
    """Return the signed-in person, else a visitor; nobody is known once the database is away."""
    # Asked forty times a page: the proxies cost more than the rest.
    here = request_at_hand.get(None)
    environ = request.environ if here is None else here.request.environ
    if FAULT in environ:
        return _NOBODY
    person: User | None = application_at_hand.get().g.get("_login_user")
    if person is None:
        person = current_user._get_current_object()
    return person if person.is_authenticated else _NOBODY


def signed_in() -> User:
    """Return the signed-in person, in views that nobody else reaches: all but public ones.

    Raises:
        Unauthorized: there is nobody.
    """
    actor = current_actor()
    if isinstance(actor, Anonymous):
        abort(401)
    return actor


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
    except DatabaseAwayError:
        log.warning("observation_not_kept")
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
    if getattr(view, "is_public", False) or current_actor() is not _NOBODY:
        return None
    if request.method != "GET" or wants_json():
        abort(401)
    back = request.full_path.rstrip("?")
    return redirect(url_for("security.sign_in", suite=back))


def _raise_fault_of_session() -> None:
    """Say that the database is away, before anybody takes the person for signed out."""
    fault = request.environ.get(FAULT)
    if fault is not None:
        raise fault


def _secure(answer: Response) -> Response:
    """Add the headers that every answer bears, where its view chose nothing else.

    An answer that sends nothing anew leaves those of what is kept as they are (RFC 9110, 15.4.5).
    """
    headers = answer.headers
    if request.endpoint == "static":
        versioned = "v" in request.args
        headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if versioned else "no-cache"
        )
    else:
        headers.setdefault("Cache-Control", "no-store")
    if answer.status_code == HTTPStatus.NOT_MODIFIED:
        return answer
    chosen = {name.lower() for name, _value in headers}
    wanted = dict(_HEADERS)
    has_token = "token" in (request.view_args or {})
    wanted["Referrer-Policy"] = "no-referrer" if has_token else "same-origin"
    if not current_app.config["ALVEOLE"].is_demo:
        wanted["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    headers.extend([(name, text) for name, text in wanted.items() if name.lower() not in chosen])
    return answer


def _choose_locale() -> str:
    if request:
        chosen = request.environ.get(PERSON_LOCALE)
        if chosen in LANGUAGES:
            return str(chosen)
        asked = request.accept_languages.best_match(LANGUAGES)
        if asked:
            return asked
    return str(current_app.config["ALVEOLE"].instance.default_locale)


def _install_components(app: Flask) -> None:
    """Make every public macro of templates/components/ a global: pages import nothing."""
    with app.app_context():
        for name in app.jinja_env.list_templates(filter_func=lambda n: n.startswith("components/")):
            module = app.jinja_env.get_template(name).module
            macros = {k: v for k, v in vars(module).items() if not k.startswith("_")}
            app.jinja_env.globals.update({k: v for k, v in macros.items() if callable(v)})


def init_app(app: Flask, config: Config) -> None:
    """Install the guard, the headers, the languages, the error pages."""
    app.url_map.converters["int"] = NumberConverter
    packing.init_app(app)
    assets.init_app(app)
    bricks.init_app(app)
    babel.init_app(app, locale_selector=_choose_locale)
    bidi.init_app(app)
    sentences.init_app(app)
    # In this order: what costs nothing to refuse, then what asks who is there, then what reads.
    for guard in (
        refuse_large_bodies,
        refuse_foreign_sites,
        _raise_fault_of_session,
        _require_user,
    ):
        app.before_request(guard)
    csrf.init_app(app)
    # Its ``init_app`` would write a cookie that remembers people, and open what a host has closed.
    app.login_manager = login_manager  # type: ignore[attr-defined]
    app.after_request(_secure)
    app.teardown_appcontext(lambda _error: let_go())  # before the extension's own, which would fail
    late_forms.init_app(app, lambda: current_actor().id)
    refusals.init_app(app)
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
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


def enclose(app: Flask, config: Config) -> None:
    """Put around everything, sockets included, what each request meets first."""
    if config.server.proxy_count > 0:
        hops = config.server.proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.wsgi_app = numbering.numbered(app.wsgi_app)  # type: ignore[assignment,method-assign]


def _first(slot: str) -> str:
    """Return the address that the topmost package gave for this person, else the home page."""
    addresses = filled(slot, current_actor())
    return str(addresses[0]) if addresses else url_for("home.index")


def _person() -> User | None:
    actor = current_actor()
    return None if isinstance(actor, Anonymous) else actor


def _may(permission: str, subject: object) -> bool:
    """Ask the table of rights from a template; a StrEnum equals its text, so the text is enough."""
    actor: Actor = current_actor()
    return can(actor, permission, subject)  # type: ignore[arg-type]
