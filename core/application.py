"""Flask as we use it: what is asked again and again, of addresses and of views, is asked once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from flask.ctx import RequestContext
from flask.globals import _cv_request as request_at_hand

from core.body_limits import has_body
from core.templating import PageEnvironment

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

KEPT = 8192
"""Addresses: the pages of a day's people, many times over."""
_PLAIN = {int, str}
"""Values that are equal only if they are written alike."""
_BUILT_ANEW = frozenset({"_anchor", "_method", "_scheme", "_external", "token"})
Parts = tuple[tuple[str, Any], ...]


def wants_body() -> bool:
    """Say whether the answer travels whole: of HEAD, which views take for GET, it does not."""
    return bool(request.environ["REQUEST_METHOD"] != "HEAD")


class Context(RequestContext):
    """A request whose address is matched once: reading its session asks for its view first."""

    def match_request(self) -> None:
        """Find the view, unless it was found.

        To views and guards HEAD is GET, where it asks for a page: whoever asks « is it GET? » means
        both. Its ``environ`` still says HEAD, so that the answer travels without its body.
        """
        if self.request.url_rule is not None or self.request.routing_exception is not None:
            return
        super().match_request()
        rule = self.request.url_rule
        if self.request.method == "HEAD" and rule is not None and "GET" in (rule.methods or ()):
            self.request.method = "GET"


class Application(Flask):
    """One application."""

    jinja_environment = PageEnvironment

    def __init__(self, *args: Any, **settings: Any) -> None:
        """Begin without any address."""
        super().__init__(*args, **settings)
        self._address = lru_cache(KEPT)(self._built)

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """Return an address; what names a host, an anchor or the page at hand is built anew.

        So is what bears a token: it opens something, and is nowhere kept longer than needed.
        """
        here = request_at_hand.get(None)
        adapter = here.url_adapter if here is not None else None
        # What is None is in no address: Flask's own function names all that it was not given.
        values = {name: value for name, value in values.items() if value is not None}
        if adapter is None or endpoint[0] == "." or not values.keys().isdisjoint(_BUILT_ANEW):
            return super().url_for(endpoint, **values)
        if not _PLAIN.issuperset(map(type, values.values())):
            return super().url_for(endpoint, **values)
        where = (adapter.script_name, adapter.subdomain, adapter.default_method)
        return self._address(where, endpoint, tuple(values.items()))

    def _built(self, where: tuple[Any, ...], endpoint: str, values: Parts) -> str:
        """Return the address at ``where``, the place of the request at hand in the site."""
        return super().url_for(endpoint, **dict(values))

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        """Return what surrounds one request."""
        return Context(self, environ)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``func``: Flask looks before each call whether it is a coroutine; none is."""
        return func

    def preprocess_request(self) -> Any:
        """Run what comes before a view; before one that programs poll there is nothing to ask.

        Nobody is signed in there, and nothing was sent: no size, origin or token to judge.
        """
        view = self.view_functions.get(request.endpoint or "")
        is_polled = getattr(view, "is_cookieless", False) and request.method == "GET"
        if is_polled and not has_body(request.environ):
            return None
        return super().preprocess_request()
