"""The one blueprint of agendas: addresses stay the same wherever a page's code lives."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("scheduling", __name__)
