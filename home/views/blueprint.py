"""The addresses of home, filled by every module of pages."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("home", __name__)
