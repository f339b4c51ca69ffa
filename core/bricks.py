"""The bricks that pages repeat most, made in Python: an icon, a state, a tag.

They are globals of every template as the macros of templates/components/ are. What is alike is made
once a process; text and markup never share a result, though they may be equal.
"""

from __future__ import annotations

from functools import lru_cache

from flask import Flask
from markupsafe import Markup, escape

from core.assets import asset
from core.bidi import shown

KEPT = 2048


def icon(name: str, cls: str = "") -> Markup:
    """Draw one icon of the sprite."""
    return _icon(asset("icons.svg"), name, cls)


def alv(icon_name: str, cls: str = "") -> Markup:
    """Draw an icon in a cell of the honeycomb."""
    return _around("alv", cls, icon(icon_name), ' aria-hidden="true"')


def status(text: object, kind: str = "", icon_name: str | None = None) -> Markup:
    """Say a state, in words always."""
    return _around("status", kind and f"status--{kind}", _drawn(icon_name) + escape(shown(text)))


def tag(text: object, kind: str = "", icon_name: str | None = None) -> Markup:
    """Say what kind of thing it is."""
    return _around("tag", kind and f"tag--{kind}", _drawn(icon_name) + escape(shown(text)))


def _drawn(name: str | None) -> Markup:
    return icon(name) if name else Markup()


@lru_cache(KEPT, typed=True)
def _icon(sprite: str, name: str, cls: str) -> Markup:
    return Markup(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>'
    ).format(f" {cls}" if cls else "", sprite, name)


@lru_cache(KEPT, typed=True)
def _around(name: str, cls: str, content: Markup, more: str = "") -> Markup:
    classes = f"{name} {cls}" if cls else name
    return Markup('<span class="{}"{}>{}</span>').format(classes, Markup(more), content)  # noqa: S704


def init_app(app: Flask) -> None:
    """Give them to every template."""
    app.jinja_env.globals.update(icon=icon, alv=alv, status=status, tag=tag)
