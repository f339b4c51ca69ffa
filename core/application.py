"""Flask as we use it: an address of ours is built once, however often pages name it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask
from flask.globals import _cv_request as request_at_hand

KEPT = 8192
"""Addresses: the pages of a day's people, many times over."""
_PLAIN = {int, str, type(None)}
"""Values that are equal only if they are written alike."""
_BUILT_ANEW = frozenset({"_anchor", "_method", "_scheme", "_external", "token"})
Parts = tuple[tuple[str, Any], ...]


class Application(Flask):
    """One application."""

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
        if adapter is None or endpoint[0] == "." or not values.keys().isdisjoint(_BUILT_ANEW):
            return super().url_for(endpoint, **values)
        if not _PLAIN.issuperset(map(type, values.values())):
            return super().url_for(endpoint, **values)
        where = (adapter.script_name, adapter.subdomain, adapter.default_method)
        return self._address(where, endpoint, tuple(values.items()))

    def _built(self, where: tuple[Any, ...], endpoint: str, values: Parts) -> str:
        """Return the address at ``where``, the place of the request at hand in the site."""
        return super().url_for(endpoint, **dict(values))
